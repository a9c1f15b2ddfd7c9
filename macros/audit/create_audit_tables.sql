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
