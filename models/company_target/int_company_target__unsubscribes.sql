with

events as (
    {{ one_record(
        ref('stg_execution__engagement_events'),
        key='event_id',
        latest_by='loaded_at',
    ) }}
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
