with

landed as (
    {{ one_record(ref('stg_execution__campaigns'), key='campaign_id') }}
),

targets as (
    select * from {{ ref('company_target') }}
),

attached as (
    select
        -- ids
        landed.campaign_id,
        targets.target_id,
        targets.company_unique_id,

        -- text
        landed.campaign_name,
        landed.campaign_type,
        landed.campaign_status,

        -- booleans
        {{ is_future_dated(utc_date('landed.created_at')) }}
            as is_future_dated,

        -- dates
        landed.start_date,
        landed.end_date,

        -- timestamps
        landed.created_at
    from landed
    left join targets
        on landed.company_unique_id = targets.company_unique_id
)

select * from attached
