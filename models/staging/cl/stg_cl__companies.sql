with

source as (
    select * from {{ source('cl', 'company_identity') }}
),

renamed as (
    select
        -- ids
        {{ identity_text('company_unique_id') }},

        -- text
        cast(company_name as {{ sql_type('text') }}) as company_name,
        cast(company_domain as {{ sql_type('text') }}) as company_domain,
        cast(linkedin_company_url as {{ sql_type('text') }})
            as linkedin_company_url,
        cast(source_system as {{ sql_type('text') }}) as source_system,
        cast(identity_status as {{ sql_type('text') }}) as identity_status,

        -- timestamps
        cast(created_at as {{ sql_type('timestamptz') }}) as created_at,
        cast(updated_at as {{ sql_type('timestamptz') }}) as updated_at
    from source
)

select * from renamed
