{% macro hub_schema(schema_name, target_schema, asked_by='a macro') -%}
    {#- The environment comes in as an argument, so that this can be tested. -#}
    {%- if schema_name is none -%}
        {{ exceptions.raise_compiler_error(
            asked_by ~ " names no schema. Set +schema for its folder in"
            ~ " dbt_project.yml: outreach, outreach_build or outreach_audit."
        ) }}
    {%- elif target_schema == 'outreach' -%}
        {{- schema_name | trim -}}
    {%- else -%}
        {{- target_schema ~ '_' ~ schema_name | trim -}}
    {%- endif -%}
{%- endmacro %}
