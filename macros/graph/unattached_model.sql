{#- ID012: four sub-hubs, and every model in a hub attached to Company Target. -#}
{% macro unattached_model(node) -%}
    {%- set findings = [] -%}
    {%- set path = node.original_file_path -%}
    {%- set folder = path.split('/')[1] -%}
    {%- if node.package_name != project_name -%}
    {%- elif folder not in ('staging', 'company_target', 'people', 'dol', 'blog',
        'execution', 'marts', 'outbound') -%}
        {%- do findings.append('[ID012] ' ~ path ~ ': there are four sub-hubs (company_target,'
            ~ ' people, dol, blog), and models/' ~ folder ~ ' is none of them.') -%}
    {%- elif folder in ('people', 'dol', 'blog', 'execution')
        and node.config.materialized != 'ephemeral' -%}
        {%- set names = node.columns.keys() | map('lower') | list -%}
        {%- for column in ('target_id', 'company_unique_id') if column not in names -%}
            {%- do findings.append('[ID012] ' ~ path ~ ': ' ~ node.name ~ ' has no ' ~ column
                ~ ', and so is not attached to Company Target.') -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(findings) }}
{%- endmacro %}
