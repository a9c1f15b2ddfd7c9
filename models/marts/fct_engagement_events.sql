with

events as (
    select * from {{ ref('engagement_events') }}
),

sends as (
    select * from {{ ref('send_log') }}
),

events_with_sends as (
    select
        -- ids
        events.event_id,
        events.send_id,
        sends.campaign_id,
        sends.sequence_id,
        events.person_id,
        events.target_id,
        events.company_unique_id,

        -- text
        events.event_type,
        events.source_system,

        -- numbers
        sends.sequence_step,
        {{ dbt.datediff(
            utc_date('sends.sent_at'), utc_date('events.event_at'), 'day'
        ) }} as days_since_sent,

        -- booleans
        {{ is_future_dated(utc_date('events.event_at')) }}
            as is_future_dated,

        -- dates
        {{ utc_date('events.event_at') }} as event_date,

        -- timestamps
        events.event_at,
        events.loaded_at
    from events
    left join sends
        on events.send_id = sends.send_id
)

select * from events_with_sends
