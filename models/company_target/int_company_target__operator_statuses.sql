with

changes as (
    select * from {{ ref('stg_execution__target_status_changes') }}
),

ranked as (
    select
        company_unique_id,
        outreach_status,
        row_number() over (
            partition by company_unique_id
            order by
                -- opted_out is terminal: no later change undoes it
                case when outreach_status = 'opted_out' then 0 else 1 end,
                changed_at desc nulls last,
                {{ bytewise('change_id') }} desc
        ) as change_rank
    from changes
    where {{ is_future_dated(utc_date('changed_at')) }} = false
),

latest as (
    select
        company_unique_id,
        outreach_status
    from ranked
    where change_rank = 1
)

select * from latest
