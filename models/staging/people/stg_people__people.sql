with

source as (
    select * from {{ source('outreach_raw', 'people') }}
),

renamed as (
    select
        -- ids
        person_id,
        {{ identity_text('company_unique_id') }},

        -- text
        full_name,
        title,
        email,
        slot_type,
        contact_status,
        source_system,

        -- booleans
        email_verified as is_email_verified,

        -- timestamps
        created_at
    from source
)

select * from renamed
