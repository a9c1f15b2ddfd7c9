with

filings as (
    select * from {{ ref('dol_filings') }}
),

renewals as (
    select * from {{ ref('dol_renewals') }}
),

filings_with_standing as (
    select
        -- ids
        filings.filing_id,
        filings.target_id,
        filings.company_unique_id,

        -- text
        filings.plan_number,
        filings.plan_name,
        filings.plan_entity_type,
        filings.sponsor_name,
        filings.sponsor_city,
        filings.sponsor_state,
        filings.sponsor_ein,
        filings.business_code,
        filings.pension_benefit_codes,
        filings.welfare_benefit_codes,
        filings.filing_status,

        -- numbers
        cast(extract(year from filings.plan_year_begin_date) as integer)
            as plan_year,
        filings.participant_count_at_start,
        filings.active_participant_count_at_end,
        filings.schedule_a_count,

        -- booleans: 4A is the benefit code of health insurance
        coalesce(filings.welfare_benefit_codes like '%4A%', false)
            as has_health_benefits,
        renewals.filing_id is not null as is_latest_of_plan,
        filings.is_initial_filing,
        filings.is_amended,
        filings.is_final_filing,
        filings.is_short_plan_year,
        filings.has_schedule_a,
        filings.is_future_dated,

        -- dates
        filings.plan_year_begin_date,
        filings.plan_year_end_date,
        filings.plan_effective_date,
        filings.received_date,

        -- timestamps
        filings.loaded_at
    from filings
    left join renewals
        on filings.filing_id = renewals.filing_id
)

select * from filings_with_standing
