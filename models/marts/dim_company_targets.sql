{#- One window for all that is recent: as_of_date and the 90 days before it. -#}
{%- set window_end_date = as_of_date() -%}
{%- set window_start_date = (
    'cast(' ~ dbt.dateadd('day', -90, window_end_date) ~ ' as date)'
) -%}
with

targets as (
    select * from {{ ref('company_target') }}
),

people as (
    select * from {{ ref('people') }}
),

slots as (
    select * from {{ ref('people_slots') }}
),

renewals as (
    select * from {{ ref('dol_renewals') }}
),

blog_signals as (
    select * from {{ ref('blog_signals') }}
),

sends as (
    select * from {{ ref('fct_sends') }}
),

events as (
    select * from {{ ref('fct_engagement_events') }}
),

contacts as (
    select
        target_id,
        company_unique_id,
        count(*) as contact_count
    from people
    where
        contact_status is distinct from 'left'
        and is_future_dated = false
    group by target_id, company_unique_id
),

filled_slots as (
    select
        target_id,
        company_unique_id,
        count(*) as filled_slot_count
    from slots
    where is_filled
    group by target_id, company_unique_id
),

plans as (
    select
        target_id,
        company_unique_id,
        count(*) as plan_count,
        min(case when not is_final_filing then next_renewal_date end)
            as next_renewal_date
    from renewals
    group by target_id, company_unique_id
),

content as (
    select
        target_id,
        company_unique_id,
        count(*) as blog_signal_count,
        max(detected_at) as last_signal_at
    from blog_signals
    where is_future_dated = false
    group by target_id, company_unique_id
),

sent as (
    select
        target_id,
        company_unique_id,
        max(case when is_future_dated = false then sent_at end) as last_sent_at,
        count(
            case
                when
                    sent_date
                    between {{ window_start_date }} and {{ window_end_date }}
                    then 1
            end
        ) as send_count,
        count(
            case
                when
                    was_bounced
                    and sent_date
                    between {{ window_start_date }} and {{ window_end_date }}
                    then 1
            end
        ) as bounce_count
    from sends
    where was_sent
    group by target_id, company_unique_id
),

-- opens and clicks count once a send, or each where they name no send
recent_events as (
    select
        target_id,
        company_unique_id,
        count(distinct case when event_type = 'open' then send_id end)
        + count(case when event_type = 'open' and send_id is null then 1 end)
            as open_count,
        count(distinct case when event_type = 'click' then send_id end)
        + count(case when event_type = 'click' and send_id is null then 1 end)
            as click_count,
        count(case when event_type = 'reply' then 1 end) as reply_count,
        count(case when event_type = 'meeting_booked' then 1 end)
            as meeting_count,
        count(case when event_type = 'unsubscribe' then 1 end)
            as unsubscribe_count
    from events
    where
        event_date between {{ window_start_date }} and {{ window_end_date }}
    group by target_id, company_unique_id
),

counted as (
    select
        targets.*,
        coalesce(contacts.contact_count, 0) as contact_count,
        coalesce(filled_slots.filled_slot_count, 0) as filled_slot_count,
        coalesce(plans.plan_count, 0) as plan_count,
        coalesce(content.blog_signal_count, 0) as blog_signal_count,
        coalesce(sent.send_count, 0) as recent_send_count,
        coalesce(sent.bounce_count, 0) as recent_bounce_count,
        coalesce(recent_events.open_count, 0) as recent_open_count,
        coalesce(recent_events.click_count, 0) as recent_click_count,
        coalesce(recent_events.reply_count, 0) as recent_reply_count,
        coalesce(recent_events.meeting_count, 0) as recent_meeting_count,
        coalesce(recent_events.unsubscribe_count, 0)
            as recent_unsubscribe_count,
        plans.next_renewal_date,
        content.last_signal_at,
        sent.last_sent_at
    from targets
    left join contacts
        on targets.target_id = contacts.target_id
    left join filled_slots
        on targets.target_id = filled_slots.target_id
    left join plans
        on targets.target_id = plans.target_id
    left join content
        on targets.target_id = content.target_id
    left join sent
        on targets.target_id = sent.target_id
    left join recent_events
        on targets.target_id = recent_events.target_id
),

assessed as (
    select
        -- ids
        target_id,
        company_unique_id,

        -- text
        company_domain,
        bit_tier,
        outreach_status,
        case
            when recent_unsubscribe_count > 0 then 'unsubscribed'
            when
                recent_reply_count > 0
                or recent_meeting_count > 0
                or recent_click_count >= 2
                or recent_open_count >= 3
                then 'high_engagement'
            when recent_open_count + recent_click_count > 0 then 'engaged'
            when
                recent_send_count > 0
                and recent_bounce_count = recent_send_count
                then 'unreachable'
            else 'quiet'
        end as signal_type,

        -- numbers
        sequence_num,
        bit_score,
        least(
            1,
            cast(
                recent_open_count
                + 3 * recent_click_count
                + 10 * recent_reply_count
                + 20 * recent_meeting_count
                as {{ sql_type('double precision') }}
            ) / 30
        ) as engagement_score,
        contact_count,
        filled_slot_count,
        plan_count,
        blog_signal_count,
        recent_send_count,
        recent_bounce_count,
        recent_open_count,
        recent_click_count,
        recent_reply_count,
        recent_meeting_count,
        recent_unsubscribe_count,

        -- dates
        next_renewal_date,
        {{ window_start_date }} as window_start_date,
        {{ window_end_date }} as window_end_date,

        -- timestamps
        last_signal_at,
        last_sent_at,
        first_targeted_at,
        last_changed_at
    from counted
)

select * from assessed
