with

source as (
    select * from {{ source('outreach_raw', 'campaigns') }}
),

renamed as (
    select
        -- ids
        campaign_id,
        {{ identity_text('company_unique_id') }},
        target_id,

        -- text
        campaign_name,
        campaign_type,
        campaign_status,

        -- dates
        start_date,
        end_date,

        -- timestamps
        created_at
    from source
)

select * from renamed
