{% macro spark__test_not_null(model, column_name) -%}
    {%- set query = default__test_not_null(model, column_name) -%}
    {%- set checked = column_name in checked_by_this_build(model).not_null -%}
    {{ known_to_hold(query) if checked else query }}
{%- endmacro %}
