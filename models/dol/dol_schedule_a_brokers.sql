with

landed as (
    {{ one_record(
        ref('stg_dol__schedule_a_brokers'), key='schedule_a_broker_id'
    ) }}
),

targets as (
    select * from {{ ref('company_target') }}
),

attached as (
    select
        -- ids
        landed.schedule_a_broker_id,
        landed.schedule_a_id,
        landed.filing_id,
        targets.target_id,
        targets.company_unique_id,

        -- text
        landed.broker_name,
        landed.broker_city,
        landed.broker_state,
        landed.fee_purpose,
        landed.organization_code,

        -- numbers
        landed.schedule_number,
        landed.broker_number,
        landed.commission_amount,
        landed.fee_amount,

        -- timestamps
        landed.loaded_at
    from landed
    left join targets
        on landed.company_unique_id = targets.company_unique_id
)

select * from attached
