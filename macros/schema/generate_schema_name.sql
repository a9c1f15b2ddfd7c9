{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none
        and node.resource_type not in ('model', 'seed', 'snapshot') -%}
        {#- hooks and operations write nothing of their own -#}
        {{- target.schema -}}
    {%- else -%}
        {{- hub_schema(custom_schema_name, target.schema, node.unique_id) -}}
    {%- endif -%}
{%- endmacro %}
