{#-
    A version of one published schema. A mart that is a view is published as a
    table of the rows that its tests have just seen: a view would show what the
    next build makes of the hubs before that build has passed, and would go with
    the table that dbt drops when it swaps a hub.
-#}
{% macro version_ddl(schema, nodes, built, version) -%}
    {%- set fresh = schema ~ '__next' %}
    drop schema if exists {{ fresh }} cascade;
    create schema {{ fresh }};
    {%- for node in nodes %}
    {%- set relation = node_relation(node) %}
    {%- if node.unique_id in built %}
    {%- if node.config.materialized == 'view' %}
    create table {{ fresh }}.{{ node.alias }} as select * from {{ relation }};
    {%- else %}
    alter table {{ relation }} set schema {{ fresh }};
    {%- endif %}
    create or replace view {{ relation }} as select * from {{ fresh }}.{{ node.alias }};
    {%- else %}
    {%- set select_published = published_select(node) %}
    {%- if select_published %}
    create view {{ fresh }}.{{ node.alias }} as {{ select_published }};
    {%- endif %}
    {%- endif %}
    {%- endfor %}
    {%- for statement in published_keys(fresh, nodes, built) %}
    {{ statement }}
    {%- endfor %}
    {%- if schema_exists(schema) %}
    alter schema {{ schema }} rename to {{ schema }}__before_{{ version }};
    {%- endif %}
    alter schema {{ fresh }} rename to {{ schema }};
    comment on schema {{ schema }} is 'publication {{ version }}';
    {{ grant_reading(schema) }}
{%- endmacro %}
