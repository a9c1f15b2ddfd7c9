{#- Adds columns to the anchor, null for every target given. -#}
{% macro add_columns(node, relation, columns) -%}
    {%- do refuse_by_hand('add_columns') -%}
    {{ return(adapter.dispatch('add_columns')(node, relation, columns)) }}
{%- endmacro %}

{% macro postgres__add_columns(node, relation, columns) -%}
    {%- set clauses = [] -%}
    {%- for column in columns -%}
        {%- do clauses.append('add column ' ~ column.name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {%- do in_own_transaction('alter table ' ~ relation ~ ' ' ~ clauses | join(', ')) -%}
{%- endmacro %}

{#- In a version of its own: parquet files cannot be changed. -#}
{% macro spark__add_columns(node, relation, columns) -%}
    {%- set completed = version_relation(relation, 'v0' ~ run_version()[2:]) -%}
    {%- set clauses = [] -%}
    {%- for column in columns -%}
        {%- do clauses.append(
            'cast(null as ' ~ sql_type(column.data_type) ~ ') as ' ~ column.name
        ) -%}
    {%- endfor -%}
    {%- do create_version(node, completed) -%}
    {%- do run_query(
        'insert into ' ~ completed ~ ' by name select *, ' ~ clauses | join(', ')
        ~ ' from ' ~ relation
    ) -%}
    {%- do show_version(relation, completed) -%}
{%- endmacro %}
