{% macro postgres__test_unique(model, column_name) -%}
    {{ unless_unique(default__test_unique(model, column_name), model, column_name) }}
{%- endmacro %}
