{% macro add_constraints(relation, node) -%}
    {#- One statement, so that Postgres scans the table once. -#}
    {%- set clauses = constraint_clauses(node) -%}
    {%- if clauses -%}
    alter table {{ relation }}
        {{ clauses | join(',\n        ') }};
    {%- endif -%}
{%- endmacro %}
