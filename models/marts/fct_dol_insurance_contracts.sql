with

schedules as (
    select * from {{ ref('dol_schedule_a') }}
),

brokers as (
    select * from {{ ref('dol_schedule_a_brokers') }}
),

filings as (
    select * from {{ ref('fct_dol_filings') }}
),

paid as (
    select
        schedule_a_id,
        cast(count(*) as integer) as broker_count,
        cast(sum(commission_amount) as numeric(20, 2)) as commission_amount,
        cast(sum(fee_amount) as numeric(20, 2)) as fee_amount
    from brokers
    group by schedule_a_id
),

ranked_brokers as (
    select
        brokers.*,
        row_number() over (
            partition by brokers.schedule_a_id
            order by
                coalesce(brokers.commission_amount, 0)
                + coalesce(brokers.fee_amount, 0) desc,
                brokers.broker_number nulls last,
                {{ bytewise('brokers.schedule_a_broker_id') }}
        ) as broker_rank
    from brokers
),

lead_brokers as (
    select * from ranked_brokers
    where broker_rank = 1
),

-- a policy renews on the day after its year
contracts as (
    select
        schedules.*,
        cast(
            {{ dbt.dateadd('day', 1, 'schedules.policy_end_date') }} as date
        ) as policy_renewal_date
    from schedules
),

renewing as (
    select
        contracts.*,
        {{ next_anniversary('policy_renewal_date') }}
            as next_policy_renewal_date
    from contracts
),

contracts_with_brokers as (
    select
        -- ids
        renewing.schedule_a_id,
        renewing.filing_id,
        renewing.target_id,
        renewing.company_unique_id,

        -- text
        filings.plan_name,
        renewing.plan_number,
        renewing.carrier_name,
        renewing.carrier_ein,
        renewing.carrier_naic_code,
        renewing.contract_number,
        lead_brokers.broker_name as lead_broker_name,
        lead_brokers.broker_city as lead_broker_city,
        lead_brokers.broker_state as lead_broker_state,

        -- numbers
        filings.plan_year,
        renewing.persons_covered_count,
        coalesce(paid.broker_count, 0) as broker_count,
        paid.commission_amount,
        paid.fee_amount,
        renewing.broker_commission_amount as stated_commission_amount,
        renewing.broker_fee_amount as stated_fee_amount,
        renewing.earned_premium_amount,
        renewing.paid_premium_amount,
        {{ dbt.datediff(
            as_of_date(), 'renewing.next_policy_renewal_date', 'day'
        ) }} as days_until_policy_renewal,

        -- booleans
        renewing.has_health,
        renewing.has_dental,
        renewing.has_vision,
        renewing.has_life,
        renewing.has_temporary_disability,
        renewing.has_long_term_disability,
        renewing.has_drug,
        renewing.is_stop_loss,
        renewing.is_hmo,
        renewing.is_ppo,
        filings.is_latest_of_plan,
        filings.is_amended,
        filings.is_future_dated,

        -- dates
        renewing.policy_begin_date,
        renewing.policy_end_date,
        renewing.next_policy_renewal_date,

        -- timestamps
        renewing.loaded_at
    from renewing
    left join filings
        on renewing.filing_id = filings.filing_id
    left join paid
        on renewing.schedule_a_id = paid.schedule_a_id
    left join lead_brokers
        on renewing.schedule_a_id = lead_brokers.schedule_a_id
)

select * from contracts_with_brokers
