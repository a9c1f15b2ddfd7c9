with

source as (
    select * from {{ source('cl', 'bit_scores') }}
),

renamed as (
    select
        -- ids
        {{ identity_text('company_unique_id') }},

        -- numbers
        cast(bit_score as double precision) as bit_score,

        -- timestamps
        cast(scored_at as timestamptz) as scored_at
    from source
)

select * from renamed
