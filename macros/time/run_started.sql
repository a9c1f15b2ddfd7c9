{% macro run_started() -%}
    {%- set moment = run_started_at.strftime('%Y-%m-%d %H:%M:%S+00:00') -%}
    cast('{{ moment }}' as {{ sql_type('timestamptz') }})
{%- endmacro %}
