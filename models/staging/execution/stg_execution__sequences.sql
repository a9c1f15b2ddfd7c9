with

source as (
    select * from {{ source('outreach_raw', 'sequences') }}
),

renamed as (
    select
        -- ids
        sequence_id,
        campaign_id,
        {{ identity_text('company_unique_id') }},

        -- text
        sequence_name,
        sequence_status,

        -- numbers
        sequence_order,
        step_count,
        delay_days
    from source
)

select * from renamed
