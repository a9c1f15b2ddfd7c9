with

filings as (
    select * from {{ ref('dol_filings') }}
),

ranked as (
    select
        filings.*,
        row_number() over (
            partition by filings.target_id, filings.plan_number
            order by
                filings.plan_year_begin_date desc nulls last,
                filings.received_date desc nulls last,
                {{ bytewise('filings.filing_id') }} desc
        ) as filing_rank
    from filings
    where
        filings.plan_number is not null
        and filings.is_future_dated = false
),

latest as (
    select * from ranked
    where filing_rank = 1
),

next_renewals as (
    select
        latest.*,
        {{ next_anniversary('latest.plan_year_begin_date') }}
            as next_renewal_date
    from latest
),

renewals as (
    select
        -- ids
        target_id,
        company_unique_id,
        plan_number,
        filing_id,

        -- text
        plan_name,

        -- numbers
        cast(extract(month from plan_year_begin_date) as integer)
            as renewal_month,
        {{ dbt.datediff(as_of_date(), 'next_renewal_date', 'day') }}
            as days_until_renewal,
        participant_count_at_start,

        -- booleans
        is_short_plan_year,
        is_final_filing,

        -- dates
        plan_year_begin_date,
        next_renewal_date,
        {{ months_later('next_renewal_date', -5) }} as outreach_start_date
    from next_renewals
)

select * from renewals
