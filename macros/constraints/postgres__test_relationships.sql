{% macro postgres__test_relationships(model, column_name, to, field) -%}
    {{ unless_referenced(
        default__test_relationships(model, column_name, to, field),
        model, [column_name], to, [field],
    ) }}
{%- endmacro %}
