{{ config(meta={'has_all_cores': true}) }}

with

sends as (
    select * from {{ ref('send_log') }}
),

campaigns as (
    select * from {{ ref('campaigns') }}
),

sequences as (
    select * from {{ ref('sequences') }}
),

events as (
    select * from {{ ref('fct_engagement_events') }}
),

-- one row a send before the join, so that events never multiply sends
responses as (
    select
        send_id,
        count(*) as event_count,
        count(case when event_type = 'open' then 1 end) as open_count,
        count(case when event_type = 'click' then 1 end) as click_count,
        count(case when event_type = 'reply' then 1 end) as reply_count,
        count(case when event_type = 'bounce' then 1 end) as bounce_count,
        count(case when event_type = 'unsubscribe' then 1 end)
            as unsubscribe_count,
        count(case when event_type = 'meeting_booked' then 1 end)
            as meeting_count,
        min(case when event_type = 'open' then event_at end)
            as first_opened_at,
        min(case when event_type = 'click' then event_at end)
            as first_clicked_at,
        min(case when event_type = 'reply' then event_at end)
            as first_replied_at,
        min(case when event_type = 'bounce' then event_at end)
            as first_bounced_at
    from events
    where is_future_dated = false
    group by send_id
),

counted as (
    select
        sends.*,
        coalesce(responses.event_count, 0) as event_count,
        coalesce(responses.open_count, 0) as open_count,
        coalesce(responses.click_count, 0) as click_count,
        coalesce(responses.reply_count, 0) as reply_count,
        coalesce(responses.bounce_count, 0) as bounce_count,
        coalesce(responses.unsubscribe_count, 0) as unsubscribe_count,
        coalesce(responses.meeting_count, 0) as meeting_count,
        responses.first_opened_at,
        responses.first_clicked_at,
        responses.first_replied_at,
        responses.first_bounced_at
    from sends
    left join responses
        on sends.send_id = responses.send_id
),

sends_with_responses as (
    select
        -- ids
        counted.send_id,
        counted.campaign_id,
        counted.sequence_id,
        counted.person_id,
        counted.target_id,
        counted.company_unique_id,

        -- text
        campaigns.campaign_name,
        campaigns.campaign_type,
        sequences.sequence_name,
        counted.email_to,
        counted.send_status,

        -- numbers
        counted.sequence_step,
        counted.open_count,
        counted.click_count,
        counted.reply_count,
        counted.meeting_count,

        -- booleans: who answers a send was sent it, and who reads it has it,
        -- however late the gateway's own report lands
        counted.send_status in ('pending', 'scheduled')
        and counted.event_count = 0 as is_waiting,
        counted.send_status in ('sent', 'delivered', 'bounced')
        or counted.event_count > 0 as was_sent,
        counted.send_status = 'delivered'
        or counted.open_count + counted.click_count + counted.reply_count > 0
            as was_delivered,
        counted.send_status = 'bounced' or counted.bounce_count > 0
            as was_bounced,
        counted.open_count > 0 as was_opened,
        counted.click_count > 0 as was_clicked,
        counted.reply_count > 0 as was_replied,
        counted.unsubscribe_count > 0 as was_unsubscribed,
        counted.meeting_count > 0 as has_meeting,
        {{ is_future_dated(utc_date('counted.sent_at')) }}
            as is_future_dated,

        -- dates
        {{ utc_date('counted.sent_at') }} as sent_date,

        -- timestamps
        counted.scheduled_at,
        counted.sent_at,
        counted.delivered_at,
        coalesce(counted.bounced_at, counted.first_bounced_at) as bounced_at,
        counted.first_opened_at,
        counted.first_clicked_at,
        counted.first_replied_at,
        counted.loaded_at
    from counted
    left join campaigns
        on counted.campaign_id = campaigns.campaign_id
    left join sequences
        on counted.sequence_id = sequences.sequence_id
)

select * from sends_with_responses
