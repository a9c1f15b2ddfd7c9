with

campaigns as (
    select * from {{ ref('campaigns') }}
),

sends as (
    select * from {{ ref('fct_sends') }}
),

totals as (
    select
        campaign_id,
        count(*) as planned_count,
        count(case when is_waiting then 1 end) as waiting_count,
        count(case when was_sent then 1 end) as sent_count,
        count(case when was_delivered then 1 end) as delivered_count,
        count(case when was_bounced then 1 end) as bounced_count,
        count(case when was_opened then 1 end) as opened_count,
        count(case when was_clicked then 1 end) as clicked_count,
        count(case when was_replied then 1 end) as replied_count,
        count(case when has_meeting then 1 end) as meeting_count,
        count(case when was_unsubscribed then 1 end) as unsubscribed_count,
        count(distinct case when was_sent then person_id end) as person_count,
        min(sent_at) as first_sent_at,
        max(sent_at) as last_sent_at
    from sends
    where is_future_dated = false
    group by campaign_id
),

counted as (
    select
        campaigns.*,
        coalesce(totals.planned_count, 0) as planned_count,
        coalesce(totals.waiting_count, 0) as waiting_count,
        coalesce(totals.sent_count, 0) as sent_count,
        coalesce(totals.delivered_count, 0) as delivered_count,
        coalesce(totals.bounced_count, 0) as bounced_count,
        coalesce(totals.opened_count, 0) as opened_count,
        coalesce(totals.clicked_count, 0) as clicked_count,
        coalesce(totals.replied_count, 0) as replied_count,
        coalesce(totals.meeting_count, 0) as meeting_count,
        coalesce(totals.unsubscribed_count, 0) as unsubscribed_count,
        coalesce(totals.person_count, 0) as person_count,
        totals.first_sent_at,
        totals.last_sent_at
    from campaigns
    left join totals
        on campaigns.campaign_id = totals.campaign_id
),

performance as (
    select
        -- ids
        campaign_id,
        target_id,
        company_unique_id,

        -- text
        campaign_name,
        campaign_type,
        campaign_status,

        -- numbers
        person_count,
        planned_count,
        waiting_count,
        sent_count,
        delivered_count,
        bounced_count,
        opened_count,
        clicked_count,
        replied_count,
        meeting_count,
        unsubscribed_count,
        cast(delivered_count as {{ sql_type('double precision') }})
        / nullif(sent_count, 0) as delivery_rate,
        cast(bounced_count as {{ sql_type('double precision') }})
        / nullif(sent_count, 0) as bounce_rate,
        cast(opened_count as {{ sql_type('double precision') }})
        / nullif(delivered_count, 0) as open_rate,
        cast(clicked_count as {{ sql_type('double precision') }})
        / nullif(delivered_count, 0) as click_rate,
        cast(replied_count as {{ sql_type('double precision') }})
        / nullif(delivered_count, 0) as reply_rate,

        -- dates
        start_date,
        end_date,

        -- timestamps
        created_at,
        first_sent_at,
        last_sent_at
    from counted
)

select * from performance
