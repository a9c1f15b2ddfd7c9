with

bit_scores as (
    select * from {{ ref('stg_cl__bit_scores') }}
),

ranked as (
    select
        company_unique_id,
        bit_score,
        row_number() over (
            partition by company_unique_id
            order by scored_at desc, bit_score desc
        ) as score_rank
    from bit_scores
    where {{ utc_date('scored_at') }} <= {{ as_of_date() }}
),

latest as (
    select
        -- ids
        company_unique_id,

        -- text: a tier ends where the next begins
        case
            when bit_score >= 75 then 'BURNING'
            when bit_score >= 50 then 'HOT'
            when bit_score >= 25 then 'WARM'
            when bit_score >= 0 then 'COLD'
        end as bit_tier,

        -- numbers
        bit_score
    from ranked
    where score_rank = 1
)

select * from latest
