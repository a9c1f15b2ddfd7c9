{% macro audit_relation(name) -%}
    {{ return(api.Relation.create(
        database=target.database or none,
        schema=hub_schema('outreach_audit', target.schema),
        identifier=name,
    )) }}
{%- endmacro %}
