with

people as (
    select * from {{ ref('people') }}
),

slots as (
    select * from {{ ref('people_slots') }}
),

sends as (
    select * from {{ ref('fct_sends') }}
),

events as (
    select * from {{ ref('fct_engagement_events') }}
),

sends_received as (
    select
        person_id,
        count(*) as sent_count,
        count(case when was_opened then 1 end) as opened_count,
        count(case when was_clicked then 1 end) as clicked_count,
        max(sent_at) as last_sent_at
    from sends
    where
        was_sent
        and is_future_dated = false
    group by person_id
),

answers as (
    select
        person_id,
        count(case when event_type = 'reply' then 1 end) as reply_count,
        count(case when event_type = 'meeting_booked' then 1 end)
            as meeting_count,
        max(event_at) as last_engaged_at
    from events
    where
        event_type in ('open', 'click', 'reply', 'meeting_booked')
        and is_future_dated = false
    group by person_id
),

people_with_engagement as (
    select
        -- ids
        people.person_id,
        people.target_id,
        people.company_unique_id,

        -- text
        people.full_name,
        people.title,
        people.email,
        people.slot_type,
        people.contact_status,
        people.source_system,

        -- numbers
        coalesce(sends_received.sent_count, 0) as sent_count,
        coalesce(sends_received.opened_count, 0) as opened_count,
        coalesce(sends_received.clicked_count, 0) as clicked_count,
        coalesce(answers.reply_count, 0) as reply_count,
        coalesce(answers.meeting_count, 0) as meeting_count,

        -- booleans
        people.is_email_verified,
        slots.person_id is not null as is_slot_holder,
        coalesce(people.contact_status = 'active', false)
        and people.email is not null as is_reachable,
        people.is_future_dated,

        -- timestamps
        people.created_at,
        sends_received.last_sent_at,
        answers.last_engaged_at
    from people
    left join slots
        on people.person_id = slots.person_id
    left join sends_received
        on people.person_id = sends_received.person_id
    left join answers
        on people.person_id = answers.person_id
)

select * from people_with_engagement
