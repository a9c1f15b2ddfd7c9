with

signals as (
    select * from {{ ref('blog_signals') }}
),

dated as (
    select
        -- ids
        signal_id,
        target_id,
        company_unique_id,

        -- text
        signal_type,
        source_url,
        headline,
        sentiment,

        -- numbers
        relevance_score,
        bit_impact,

        -- booleans
        is_future_dated,

        -- dates
        {{ utc_date('detected_at') }} as detected_date,

        -- timestamps
        detected_at
    from signals
)

select * from dated
