{% macro targets_stand_sql(targets, companies) -%}
with

targets as (
    select * from {{ targets }}
),

companies as (
    select * from {{ companies }}
),

registry as (
    select * from {{ audit_relation('target_registry') }}
),

failures as (
    select
        targets.company_unique_id as record_key,
        'ID011' as code,
        'company_unique_id' as column_name,
        targets.company_unique_id as offending_value,
        'a company that exists in CL now' as expected
    from targets
    left join companies
        on targets.company_unique_id = companies.company_unique_id
    where companies.company_unique_id is null

    union all

    select
        targets.target_id as record_key,
        'ID006' as code,
        'target_id' as column_name,
        targets.target_id as offending_value,
        'TGT-' || left(targets.company_unique_id, 8)
        || '-' || targets.sequence_num as expected
    from targets
    where
        targets.target_id
        <> 'TGT-' || left(targets.company_unique_id, 8)
        || '-' || targets.sequence_num

    union all

    select
        coalesce(registry.company_unique_id, targets.company_unique_id)
            as record_key,
        'ID009' as code,
        'target_id' as column_name,
        targets.target_id as offending_value,
        coalesce(registry.target_id, 'no target') || ', as registered'
            as expected
    from targets
    full outer join registry
        on targets.company_unique_id = registry.company_unique_id
    where targets.target_id is distinct from registry.target_id
)

select
    '{{ targets.schema }}.company_target' as source_table,
    failures.*
from failures
{%- endmacro %}
