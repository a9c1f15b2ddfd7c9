{#- Those that came last are looked for: `outreach ci` copies one of them beforehand. -#}
{% macro create_audit_tables() -%}
    {{ return(adapter.dispatch('create_audit_tables')()) }}
{%- endmacro %}

{% macro postgres__create_audit_tables() -%}
    {%- set missing = [] -%}
    {%- for name in ('last_build', 'table_code') -%}
        {%- set relation = audit_relation(name) -%}
        {%- if adapter.get_relation(relation.database, relation.schema, name) is none -%}
            {%- do missing.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- do in_own_transaction(audit_tables_ddl()) -%}
    {%- endif -%}
{%- endmacro %}

{% macro spark__create_audit_tables() -%}
    {%- set last = audit_relation('table_code') -%}
    {%- if adapter.get_relation(last.database, last.schema, last.identifier) is none -%}
        {%- for statement in spark_audit_tables() -%}
            {%- do run_query(statement) -%}
        {%- endfor -%}
        {%- do adapter.cache_added(last.incorporate(type='table')) -%}
    {%- endif -%}
    {%- for schema in published_schemas() -%}
        {%- do run_query('create schema if not exists ' ~ schema) -%}
    {%- endfor -%}
{%- endmacro %}
