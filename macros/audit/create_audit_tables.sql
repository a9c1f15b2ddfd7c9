{% macro create_audit_tables() -%}
    {{ return(adapter.dispatch('create_audit_tables')()) }}
{%- endmacro %}

{% macro postgres__create_audit_tables() -%}
    {%- set registry = audit_relation('target_registry') -%}
    {%- if adapter.get_relation(
        registry.database, registry.schema, 'last_build'
    ) is not none -%}
        {{ return('') }}
    {%- endif -%}
    {%- do in_own_transaction(audit_tables_ddl()) -%}
{%- endmacro %}

{% macro spark__create_audit_tables() -%}
    {%- set last = audit_relation('published_version') -%}
    {%- if adapter.get_relation(last.database, last.schema, last.identifier) is none -%}
        {%- for statement in spark_audit_tables() -%}
            {%- do run_query(statement) -%}
        {%- endfor -%}
        {%- do adapter.cache_added(last.incorporate(type='view')) -%}
    {%- endif -%}
    {%- for schema in published_schemas() -%}
        {%- do run_query('create schema if not exists ' ~ schema) -%}
    {%- endfor -%}
{%- endmacro %}
