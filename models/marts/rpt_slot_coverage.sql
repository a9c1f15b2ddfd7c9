with

slots as (
    select * from {{ ref('people_slots') }}
),

targets as (
    select * from {{ ref('company_target') }}
),

coverage as (
    select
        -- ids
        slots.target_id,
        slots.company_unique_id,
        slots.slot_type,
        slots.person_id,

        -- text
        slots.full_name,
        slots.title,
        slots.email,
        targets.company_domain,
        targets.bit_tier,
        targets.outreach_status,

        -- numbers
        slots.candidate_count,
        targets.bit_score,

        -- booleans
        slots.is_filled,
        slots.candidate_count > 1 as is_contested,
        slots.is_email_verified,

        -- dates
        {{ as_of_date() }} as as_of_date
    from slots
    left join targets
        on slots.target_id = targets.target_id
)

select * from coverage
