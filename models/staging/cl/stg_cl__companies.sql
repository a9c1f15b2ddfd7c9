with

source as (
    select * from {{ source('cl', 'company_identity') }}
),

renamed as (
    select
        -- ids
        {{ identity_text('company_unique_id') }},

        -- text
        cast(company_name as text) as company_name,
        cast(company_domain as text) as company_domain,
        cast(linkedin_company_url as text) as linkedin_company_url,
        cast(source_system as text) as source_system,
        cast(identity_status as text) as identity_status,

        -- timestamps
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at
    from source
)

select * from renamed
