{#- Overrides dbt: a contract's types are compared as Spark calls them. -#}
{% macro spark__get_empty_schema_sql(columns) -%}
    select
        {%- for column in columns.values() %}
        cast(null as {{ sql_type(column.data_type) }}) as {{ column.name }}
            {{- ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}
