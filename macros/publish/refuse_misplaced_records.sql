{#-
    Before anything is published, and where nothing will be, as in a pull request:
    a second look that no proof and no gate of a model can be wrong for. Ends the
    run with evidence of every row that a mart has under another company than the
    hub of its record.
-#}
{% macro refuse_misplaced_records(built) -%}
    {%- set wrong = [] -%}
    {%- for node in built.values() -%}
        {%- set query = misplaced_records_sql(node) -%}
        {%- if query and run_query(
            'select count(*) from (' ~ query ~ ') as misplaced'
        ).columns[0].values()[0] -%}
            {%- do store_failures_of(query) -%}
            {%- do wrong.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if wrong -%}
        {#- dbt runs no hook after one that fails. -#}
        {%- do release_build() -%}
        {{ exceptions.raise_compiler_error(
            '[ID008] Not published: records that their hub has under another company, or not at'
            ~ ' all, in ' ~ wrong | sort | join(', ') ~ '. Find the join that took the company of'
            ~ ' another row, or rename a column that is called like the key of a record and is'
            ~ ' none; `outreach failures` lists the rows, of '
            ~ audit_relation('identity_failures').include(database=false) ~ '.'
        ) }}
    {%- endif -%}
{%- endmacro %}
