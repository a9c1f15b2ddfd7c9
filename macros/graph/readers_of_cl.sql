{#- ID004: only company_target's folder reads CL, and only staging calls source(). -#}
{% macro readers_of_cl(node) -%}
    {%- set findings = [] -%}
    {%- set path = node.original_file_path -%}
    {%- set may_read_cl = path.startswith('models/company_target/')
        or path.startswith('models/staging/cl/')
        or node.attached_node == 'model.' ~ project_name ~ '.company_target' -%}
    {%- for parent in node.depends_on.nodes -%}
        {%- set is_cl = parent.startswith('source.' ~ project_name ~ '.cl.')
            or '.stg_cl__' in parent -%}
        {%- if is_cl and not may_read_cl -%}
            {%- do findings.append('[ID004] ' ~ path ~ ': ' ~ node.name ~ ' reads '
                ~ parent.split('.')[-1] ~ '. Only company_target reads CL.') -%}
        {%- elif parent.startswith('source.') and node.resource_type != 'test'
            and not path.startswith('models/staging/') -%}
            {%- do findings.append('[ID004] ' ~ path ~ ': ' ~ node.name ~ ' reads the source '
                ~ parent.split('.')[-1] ~ '. Only staging calls source().') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro %}
