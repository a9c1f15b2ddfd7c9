{% macro run_started() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S+00:00") }}' as {{ sql_type('timestamptz') }})
{%- endmacro %}
