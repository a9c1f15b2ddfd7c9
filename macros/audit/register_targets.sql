{% macro register_targets(targets) -%}
    insert into {{ audit_relation('target_registry') }} (
        target_id, company_unique_id, sequence_num, first_targeted_at, invocation_id,
        registered_at
    )
    select {{ as_one_file() }}
        targets.target_id,
        targets.company_unique_id,
        targets.sequence_num,
        targets.first_targeted_at,
        '{{ invocation_id }}',
        current_timestamp
    from {{ written(targets) }} as targets
    left join {{ audit_relation('target_registry') }} as registry
        on targets.company_unique_id = registry.company_unique_id
    where registry.company_unique_id is null
{%- endmacro %}
