{% macro node_relation(node) -%}
    {{ return(api.Relation.create(
        database=node.database,
        schema=node.schema,
        identifier=node.alias or node.name,
    )) }}
{%- endmacro %}
