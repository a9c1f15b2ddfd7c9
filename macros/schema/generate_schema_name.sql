{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if not modules.re.fullmatch('[a-z_][a-z0-9_]{0,29}(__changed)?', target.schema) -%}
        {{ exceptions.raise_compiler_error(
            'The target ' ~ target.name ~ ' builds in the schema ' ~ target.schema ~ ', and a'
            ~ " schema's name is of small letters, digits and _ here, 30 at most. Set DBT_SCHEMA,"
            ~ ' or schema in profiles.yml.'
        ) }}
    {%- endif -%}
    {%- if custom_schema_name is not none -%}
        {{- hub_schema(custom_schema_name, target.schema) -}}
    {%- elif node.resource_type in ('model', 'seed', 'snapshot') -%}
        {{ exceptions.raise_compiler_error(
            '[ID012] ' ~ node.original_file_path ~ ' is in no room of this project. There are'
            ~ ' four sub-hubs (company_target, people, dol, blog) beside staging, execution,'
            ~ ' marts and outbound: put it into one of them.'
        ) }}
    {%- else -%}
        {#- hooks and operations write nothing of their own -#}
        {{- target.schema -}}
    {%- endif -%}
{%- endmacro %}
