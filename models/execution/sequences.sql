with

landed as (
    {{ one_record(ref('stg_execution__sequences'), key='sequence_id') }}
),

targets as (
    select * from {{ ref('company_target') }}
),

attached as (
    select
        -- ids
        landed.sequence_id,
        landed.campaign_id,
        targets.target_id,
        targets.company_unique_id,

        -- text
        landed.sequence_name,
        landed.sequence_status,

        -- numbers
        landed.sequence_order,
        landed.step_count,
        landed.delay_days
    from landed
    left join targets
        on landed.company_unique_id = targets.company_unique_id
)

select * from attached
