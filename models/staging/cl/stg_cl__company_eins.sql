with

source as (
    select * from {{ source('cl', 'company_eins') }}
),

renamed as (
    select
        -- ids
        {{ identity_text('company_unique_id') }},

        -- text
        cast(ein as {{ sql_type('text') }}) as ein
    from source
)

select * from renamed
