{#-
    Whether the rows of an incremental model were made by other code than the model
    has now, or nobody knows by which: an experiment that was reverted, or a change
    that has been merged. What it adds would be proved, and what it has would not.
-#}
{% macro is_of_other_code(node) -%}
    {%- set kept = audit_relation('written_code') -%}
    {#- None in a hub of an earlier version, of which this run only looks at the SQL. -#}
    {%- if adapter.get_relation(kept.database, kept.schema, kept.identifier) is none -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set made_by = run_query(
        'select code from ' ~ kept ~ " where model = '" ~ node.name
        ~ "' order by written_at desc limit 1"
    ).columns[0].values() | first -%}
    {{ return(made_by != code_of(node)) }}
{%- endmacro %}
