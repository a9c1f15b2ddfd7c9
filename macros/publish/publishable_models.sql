{#- The models whose meta names a schema to publish to, by unique id. -#}
{% macro publishable_models() -%}
    {%- set models = {} -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.config.meta.get('publish_to') -%}
        {%- do models.update({node.unique_id: node}) -%}
    {%- endfor -%}
    {{ return(models) }}
{%- endmacro %}
