with

arrived as (
    select * from {{ ref('stg_execution__engagement_events') }}
),

ever_unsubscribes as (
    select event_id
    from arrived
    where event_type = 'unsubscribe'
    group by event_id
),

-- all that arrived of an event: its latest state may be another
candidates as (
    select arrived.*
    from arrived
    inner join ever_unsubscribes
        on arrived.event_id = ever_unsubscribes.event_id
),

events as (
    {{ one_record('candidates', key='event_id', latest_by='loaded_at') }}
),

unsubscribes as (
    select
        company_unique_id,
        count(*) as unsubscribe_count
    from events
    where
        event_type = 'unsubscribe'
        and {{ is_future_dated(utc_date('event_at')) }} = false
    group by company_unique_id
)

select * from unsubscribes
