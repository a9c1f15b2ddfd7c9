{#- The table that holds one version of a relation; by default, of this run. -#}
{% macro version_relation(relation, version=none) -%}
    {{ return(api.Relation.create(
        schema=relation.schema,
        identifier=relation.identifier ~ '__' ~ (version or run_version()),
        type='table',
    )) }}
{%- endmacro %}
