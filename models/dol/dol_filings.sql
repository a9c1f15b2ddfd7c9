with

landed as (
    {{ one_record(ref('stg_dol__filings'), key='filing_id') }}
),

targets as (
    select * from {{ ref('company_target') }}
),

attached as (
    select
        -- ids
        landed.filing_id,
        targets.target_id,
        targets.company_unique_id,

        -- text
        landed.plan_number,
        landed.plan_name,
        landed.plan_entity_type,
        landed.sponsor_name,
        landed.sponsor_city,
        landed.sponsor_state,
        landed.sponsor_ein,
        landed.business_code,
        landed.pension_benefit_codes,
        landed.welfare_benefit_codes,
        landed.filing_status,

        -- numbers
        landed.participant_count_at_start,
        landed.active_participant_count_at_end,
        landed.schedule_a_count,

        -- booleans
        landed.is_initial_filing,
        landed.is_amended,
        landed.is_final_filing,
        landed.is_short_plan_year,
        landed.has_schedule_a,
        {{ is_future_dated('landed.received_date') }} as is_future_dated,

        -- dates
        landed.plan_year_begin_date,
        landed.plan_year_end_date,
        landed.plan_effective_date,
        landed.received_date,

        -- timestamps
        landed.loaded_at
    from landed
    left join targets
        on landed.company_unique_id = targets.company_unique_id
)

select * from attached
