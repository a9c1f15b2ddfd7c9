{#- The environment comes in as an argument, so that this can be tested. -#}
{% macro hub_schema(schema_name, target_schema) -%}
    {%- if target_schema == 'outreach' -%}
        {{- schema_name | trim -}}
    {%- else -%}
        {{- target_schema ~ '_' ~ schema_name | trim -}}
    {%- endif -%}
{%- endmacro %}
