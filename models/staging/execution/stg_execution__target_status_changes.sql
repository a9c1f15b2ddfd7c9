with

source as (
    select * from {{ source('outreach_raw', 'target_status_changes') }}
),

renamed as (
    select
        -- ids
        change_id,
        {{ identity_text('company_unique_id') }},

        -- text
        outreach_status,
        changed_by,

        -- timestamps
        changed_at
    from source
)

select * from renamed
