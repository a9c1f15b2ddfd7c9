with

renewals as (
    select * from {{ ref('dol_renewals') }}
),

targets as (
    select * from {{ ref('company_target') }}
),

hr_slots as (
    select *
    from {{ ref('people_slots') }}
    where slot_type = 'HR'
),

calendar as (
    select
        -- ids
        renewals.target_id,
        renewals.company_unique_id,
        renewals.plan_number,
        renewals.filing_id,
        hr_slots.person_id as hr_person_id,

        -- text
        renewals.plan_name,
        targets.company_domain,
        targets.bit_tier,
        targets.outreach_status,

        -- numbers
        renewals.renewal_month,
        renewals.days_until_renewal,
        {{ dbt.datediff(
            as_of_date(), 'renewals.outreach_start_date', 'day'
        ) }} as days_until_outreach,
        renewals.participant_count_at_start,
        targets.bit_score,

        -- booleans: a plan that filed for the last time does not renew
        coalesce(
            renewals.outreach_start_date <= {{ as_of_date() }}, false
        ) and not renewals.is_final_filing as is_outreach_open,
        coalesce(renewals.days_until_renewal <= 90, false)
        and not renewals.is_final_filing as is_renewing_in_90_days,
        renewals.is_short_plan_year,
        renewals.is_final_filing,

        -- dates
        renewals.plan_year_begin_date,
        renewals.next_renewal_date,
        cast(
            {{ dbt.date_trunc('month', 'renewals.next_renewal_date') }} as date
        ) as next_renewal_month_date,
        renewals.outreach_start_date
    from renewals
    left join targets
        on renewals.target_id = targets.target_id
    left join hr_slots
        on renewals.target_id = hr_slots.target_id
)

select * from calendar
