{#-
    Whether the table of an incremental model was made by other code than the model
    has now, or nobody knows by which: an experiment that was reverted, or a change
    that has been merged. What is added to it would be proved, and what it has would
    not. None is on record of a table that another materialization has put there.
-#}
{% macro is_of_other_code(node, relation) -%}
    {%- set kept = audit_relation('table_code') -%}
    {#- None in a hub of an earlier version, of which this run only looks at the SQL. -#}
    {%- if adapter.get_relation(kept.database, kept.schema, kept.identifier) is none -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set made_by = run_query(
        'select code from ' ~ kept ~ ' where table_id = ' ~ table_id(relation)
        ~ ' order by written_at desc limit 1'
    ).columns[0].values() | first -%}
    {{ return(made_by != code_of(node)) }}
{%- endmacro %}
