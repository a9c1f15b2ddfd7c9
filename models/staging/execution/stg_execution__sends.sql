with

source as (
    select * from {{ source('outreach_raw', 'send_log') }}
),

renamed as (
    select
        -- ids
        send_id,
        campaign_id,
        sequence_id,
        person_id,
        target_id,
        {{ identity_text('company_unique_id') }},

        -- text
        email_to,
        send_status,

        -- numbers
        sequence_step,

        -- timestamps
        scheduled_at,
        sent_at,
        delivered_at,
        bounced_at,
        loaded_at
    from source
)

select * from renamed
