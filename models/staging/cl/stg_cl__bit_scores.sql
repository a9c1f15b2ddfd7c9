with

source as (
    select * from {{ source('cl', 'bit_scores') }}
),

renamed as (
    select
        -- ids
        {{ identity_text('company_unique_id') }},

        -- numbers
        cast(bit_score as {{ sql_type('double precision') }}) as bit_score,

        -- timestamps
        cast(scored_at as {{ sql_type('timestamptz') }}) as scored_at
    from source
)

select * from renamed
