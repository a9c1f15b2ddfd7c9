{#-
    What a person calls a node, as `outreach build` does: dbt names a generic
    test by its model and all of its arguments.
-#}
{% macro node_label(node) -%}
    {%- if node.resource_type != 'test' or not node.test_metadata or not node.attached_node -%}
        {{ return(node.name) }}
    {%- endif -%}
    {{ return(
        node.test_metadata.name ~ ' on ' ~ node.attached_node.split('.')[-1]
        ~ ('.' ~ node.column_name if node.column_name else '')
    ) }}
{%- endmacro %}
