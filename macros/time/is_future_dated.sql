{% macro is_future_dated(date) -%}
    coalesce({{ date }} > {{ as_of_date() }}, false)
{%- endmacro %}
