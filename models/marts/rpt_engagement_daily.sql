with

sends as (
    select * from {{ ref('fct_sends') }}
    where was_sent
),

bounced_sends as (
    select * from {{ ref('fct_sends') }}
    where was_bounced
),

events as (
    select * from {{ ref('fct_engagement_events') }}
),

activities as (
    select
        sent_date as activity_date,
        'sent' as activity_type,
        target_id
    from sends

    union all

    select
        {{ utc_date('bounced_at') }} as activity_date,
        'bounced' as activity_type,
        target_id
    from bounced_sends

    union all

    select
        event_date as activity_date,
        event_type as activity_type,
        target_id
    from events
    where event_type <> 'bounce'
),

daily as (
    select
        -- numbers
        count(case when activity_type = 'sent' then 1 end) as sent_count,
        count(case when activity_type = 'bounced' then 1 end) as bounced_count,
        count(case when activity_type = 'open' then 1 end) as open_count,
        count(case when activity_type = 'click' then 1 end) as click_count,
        count(case when activity_type = 'reply' then 1 end) as reply_count,
        count(case when activity_type = 'meeting_booked' then 1 end)
            as meeting_count,
        count(case when activity_type = 'unsubscribe' then 1 end)
            as unsubscribe_count,
        count(distinct case when activity_type = 'sent' then target_id end)
            as addressed_target_count,
        count(
            distinct case
                when activity_type in (
                    'open', 'click', 'reply', 'meeting_booked'
                ) then target_id
            end
        ) as engaged_target_count,

        -- booleans
        {{ is_future_dated('activity_date') }} as is_future_dated,

        -- dates
        activity_date
    from activities
    where activity_date is not null
    group by activity_date
)

select * from daily
