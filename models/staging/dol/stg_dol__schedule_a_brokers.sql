with

source as (
    select * from {{ source('outreach_raw', 'dol_schedule_a_brokers') }}
),

renamed as (
    select
        -- ids
        schedule_a_broker_id,
        schedule_a_id,
        filing_id,
        {{ identity_text('company_unique_id') }},

        -- text
        ins_broker_name as broker_name,
        ins_broker_us_city as broker_city,
        ins_broker_us_state as broker_state,
        ins_broker_fees_pd_text as fee_purpose,
        ins_broker_code as organization_code,

        -- numbers
        form_id as schedule_number,
        row_order as broker_number,
        cast(ins_broker_comm_pd_amt as numeric(20, 2)) as commission_amount,
        cast(ins_broker_fees_pd_amt as numeric(20, 2)) as fee_amount,

        -- timestamps
        loaded_at
    from source
)

select * from renamed
