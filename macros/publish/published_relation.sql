{#- Where readers find a publishable model. -#}
{% macro published_relation(node) -%}
    {{ return(api.Relation.create(
        database=node.database,
        schema=hub_schema(node.config.meta.publish_to, target.schema),
        identifier=node.alias,
    )) }}
{%- endmacro %}
