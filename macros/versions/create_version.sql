{#- An empty table for the next version of a model, of the types that its contract names. -#}
{% macro create_version(node, table) -%}
    {%- set columns = [] -%}
    {%- for column in node.columns.values() -%}
        {%- do columns.append(column.name ~ ' ' ~ sql_type(column.data_type)) -%}
    {%- endfor -%}
    {%- do run_query('drop table if exists ' ~ table) -%}
    {%- do run_query(
        'create table ' ~ table ~ ' (' ~ columns | join(', ') ~ ') using parquet'
    ) -%}
{%- endmacro %}
