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
        and {{ utc_date('event_at') }} <= {{ as_of_date() }}
    group by company_unique_id
)

select * from unsubscribes
