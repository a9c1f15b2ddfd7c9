{#-
    The statements that make the audit tables on Spark, the last one checked for
    being there. Nothing there forbids a change: what was registered is compared
    with company_target in every build, and each is the other's witness.
-#}
{% macro spark_audit_tables() -%}
    {{ return([
        'create schema if not exists ' ~ audit_relation('any').schema,

        'create table if not exists ' ~ audit_relation('identity_failures') ~ ' ('
        ~ 'invocation_id string, found_at timestamp, source_table string, record_key string,'
        ~ ' code string, column_name string, offending_value string, expected string,'
        ~ ' failure_count bigint) using parquet',

        'create table if not exists ' ~ audit_relation('target_registry') ~ ' ('
        ~ 'target_id string, company_unique_id string, sequence_num bigint,'
        ~ ' first_targeted_at timestamp, invocation_id string, registered_at timestamp)'
        ~ ' using parquet',

        'create table if not exists ' ~ audit_relation('publications') ~ ' ('
        ~ 'publication_id bigint, invocation_id string, published_at timestamp,'
        ~ ' models array<string>, version string) using parquet',

        'create view if not exists ' ~ audit_relation('published_version')
        ~ " as select 'v" ~ '0' * 20 ~ "' as version",

        'create table if not exists ' ~ audit_relation('table_code') ~ ' ('
        ~ 'table_id string, code string, invocation_id string, written_at timestamp) using parquet',
    ]) }}
{%- endmacro %}
