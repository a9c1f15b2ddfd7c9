{% macro spark__test_relationships(model, column_name, to, field) -%}
    {{ postgres__test_relationships(model, column_name, to, field) }}
{%- endmacro %}
