{% macro as_of_date() -%}
    cast('{{ var("as_of_date") or run_started_at.strftime("%Y-%m-%d") }}' as date)
{%- endmacro %}
