{% macro generate_schema_name(custom_schema_name, node) -%}
    {{- hub_schema(custom_schema_name, target.schema, node.unique_id) -}}
{%- endmacro %}
