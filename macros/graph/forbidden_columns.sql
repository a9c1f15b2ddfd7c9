{#- ID007 and ID014: columns that must not exist, by name. -#}
{% macro forbidden_columns(node) -%}
    {%- set findings = [] -%}
    {%- set path = node.original_file_path -%}
    {%- set local = [
        'target_id', 'sequence_num', 'campaign_id', 'sequence_id', 'outreach_status'
    ] -%}
    {#- CL reads a schema, whatever folder the model of it lies in. -#}
    {%- set leaves = path.startswith('models/outbound/') or 'outreach_outbound' in [
        node.config.schema, (node.config.meta or {}).get('publish_to')
    ] -%}
    {%- for column in node.columns if not path.startswith('models/staging/') -%}
        {%- if modules.re.search(
            'lifecycle|promot|sales_?(ready|qualified|accepted)|client_?eligible'
            ~ '|(^|_)(mql|sql|sal)(_|$)|(^|_)qualified|is_(client|customer)'
            ~ '|became_(client|customer)|closed_(won|lost)',
            modules.re.sub('(?<=[a-z0-9])(?=[A-Z])', '_', column) | lower
        ) -%}
            {%- do findings.append('[ID007] ' ~ path ~ ': ' ~ node.name ~ '.' ~ column
                ~ ' is a lifecycle column. Outreach signals, CL decides.') -%}
        {%- elif leaves and column | lower in local -%}
            {%- do findings.append('[ID014] ' ~ path ~ ': ' ~ node.name ~ '.' ~ column
                ~ ' means nothing outside Outreach and may not leave it.') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro %}
