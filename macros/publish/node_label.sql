{#-
    What a person calls a node, as `outreach build` does: dbt names a generic
    test by its model and all of its arguments.
-#}
{% macro node_label(node) -%}
    {%- if node.resource_type != 'test' or not node.test_metadata -%}
        {{ return(node.name) }}
    {%- endif -%}
    {%- set subject = (node.attached_node or '').split('.')[-1] -%}
    {%- if not subject and node.sources | length == 1 -%}
        {%- set subject = node.sources[0] | join('.') -%}
    {%- endif -%}
    {%- if not subject -%}
        {{ return(node.name) }}
    {%- endif -%}
    {{ return(
        node.test_metadata.name ~ ' on ' ~ subject
        ~ ('.' ~ node.column_name if node.column_name else '')
    ) }}
{%- endmacro %}
