with

source as (
    select * from {{ source('outreach_raw', 'blog_signals') }}
),

renamed as (
    select
        -- ids
        signal_id,
        {{ identity_text('company_unique_id') }},

        -- text
        signal_type,
        source_url,
        headline,
        sentiment,

        -- numbers
        relevance_score,
        bit_impact,

        -- timestamps
        detected_at
    from source
)

select * from renamed
