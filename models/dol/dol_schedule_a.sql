with

landed as (
    {{ one_record(ref('stg_dol__schedule_a'), key='schedule_a_id') }}
),

targets as (
    select * from {{ ref('company_target') }}
),

attached as (
    select
        -- ids
        landed.schedule_a_id,
        landed.filing_id,
        targets.target_id,
        targets.company_unique_id,

        -- text
        landed.plan_number,
        landed.sponsor_ein,
        landed.carrier_name,
        landed.carrier_ein,
        landed.carrier_naic_code,
        landed.contract_number,

        -- numbers
        landed.schedule_number,
        landed.persons_covered_count,
        landed.broker_commission_amount,
        landed.broker_fee_amount,
        landed.earned_premium_amount,
        landed.paid_premium_amount,

        -- booleans
        landed.has_health,
        landed.has_dental,
        landed.has_vision,
        landed.has_life,
        landed.has_temporary_disability,
        landed.has_long_term_disability,
        landed.has_drug,
        landed.is_stop_loss,
        landed.is_hmo,
        landed.is_ppo,

        -- dates
        landed.plan_year_begin_date,
        landed.plan_year_end_date,
        landed.policy_begin_date,
        landed.policy_end_date,

        -- timestamps
        landed.loaded_at
    from landed
    left join targets
        on landed.company_unique_id = targets.company_unique_id
)

select * from attached
