with

source as (
    select * from {{ source('outreach_raw', 'engagement_events') }}
),

renamed as (
    select
        -- ids
        event_id,
        send_id,
        person_id,
        target_id,
        {{ identity_text('company_unique_id') }},

        -- text
        event_type,
        source_system,

        -- timestamps
        event_at,
        loaded_at
    from source
)

select * from renamed
