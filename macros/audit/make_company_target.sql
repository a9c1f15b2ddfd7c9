{#- Creates the anchor, empty, and tells dbt. -#}
{% macro make_company_target(node, relation) -%}
    {%- do refuse_by_hand('make_company_target') -%}
    {{ return(adapter.dispatch('make_company_target')(node, relation)) }}
{%- endmacro %}

{% macro postgres__make_company_target(node, relation) -%}
    {%- do in_own_transaction(company_target_ddl(node, relation)) -%}
    {%- do adapter.cache_added(relation.incorporate(type='table')) -%}
{%- endmacro %}

{#- Under a version of its own: the run writes its first targets to another. -#}
{% macro spark__make_company_target(node, relation) -%}
    {%- set empty = version_relation(relation, 'v' ~ '0' * 20) -%}
    {%- do run_query('create schema if not exists ' ~ relation.schema) -%}
    {%- do create_version(node, empty) -%}
    {%- do show_version(relation, empty) -%}
    {%- do adapter.cache_added(relation.incorporate(type='view')) -%}
{%- endmacro %}
