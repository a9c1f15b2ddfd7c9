{% macro store_failures_of(gate_sql) -%}
    {%- call statement('store_failures', auto_begin=true) -%}
    insert into {{ audit_relation('identity_failures') }} (
        invocation_id, found_at, source_table, record_key, code, column_name,
        offending_value, expected, failure_count
    )
    select
        '{{ invocation_id }}',
        current_timestamp,
        source_table,
        record_key,
        code,
        column_name,
        {{ visible_text('offending_value') }},
        expected,
        failure_count
    from (
        select
            gate.*,
            count(*) over (partition by code) as failure_count,
            row_number() over (
                partition by code order by record_key, column_name
            ) as failure_rank
        from ({{ gate_sql }}) as gate
    ) as ranked
    where failure_rank <= {{ var('evidence_limit') }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
{%- endmacro %}
