with

landed as (
    {{ one_record(ref('stg_blog__signals'), key='signal_id') }}
),

targets as (
    select * from {{ ref('company_target') }}
),

attached as (
    select
        -- ids
        landed.signal_id,
        targets.target_id,
        targets.company_unique_id,

        -- text
        landed.signal_type,
        landed.source_url,
        landed.headline,
        landed.sentiment,

        -- numbers
        landed.relevance_score,
        landed.bit_impact,

        -- booleans
        {{ is_future_dated(utc_date('landed.detected_at')) }}
            as is_future_dated,

        -- timestamps
        landed.detected_at
    from landed
    left join targets
        on landed.company_unique_id = targets.company_unique_id
)

select * from attached
