with

targets as (
    select * from {{ ref('dim_company_targets') }}
),

engagement_signals as (
    select
        -- ids
        company_unique_id,

        -- text
        signal_type,

        -- numbers
        engagement_score,
        recent_send_count as send_count,
        recent_bounce_count as bounce_count,
        recent_open_count as open_count,
        recent_click_count as click_count,
        recent_reply_count as reply_count,
        recent_meeting_count as meeting_count,
        recent_unsubscribe_count as unsubscribe_count,

        -- dates
        window_start_date,
        window_end_date
    from targets
)

select * from engagement_signals
