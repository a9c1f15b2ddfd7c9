with

targets as (
    select * from {{ ref('company_target') }}
),

people as (
    select * from {{ ref('people') }}
),

slots as (
    select 'CEO' as slot_type
    union all
    select 'CFO' as slot_type
    union all
    select 'HR' as slot_type
),

target_slots as (
    select
        targets.target_id,
        targets.company_unique_id,
        slots.slot_type
    from targets
    cross join slots
),

candidates as (
    select
        people.*,
        count(*) over (
            partition by people.target_id, people.slot_type
        ) as candidate_count,
        row_number() over (
            partition by people.target_id, people.slot_type
            order by
                -- who can be reached best holds the slot
                case when people.contact_status = 'active' then 0 else 1 end,
                case when people.is_email_verified then 0 else 1 end,
                people.created_at nulls last,
                {{ bytewise('people.person_id') }}
        ) as candidate_rank
    from people
    where
        people.contact_status is distinct from 'left'
        and people.is_future_dated = false
),

filled as (
    select
        -- ids
        target_slots.target_id,
        target_slots.company_unique_id,
        target_slots.slot_type,
        candidates.person_id,

        -- text
        candidates.full_name,
        candidates.title,
        candidates.email,

        -- numbers
        coalesce(candidates.candidate_count, 0) as candidate_count,

        -- booleans
        candidates.person_id is not null as is_filled,
        coalesce(candidates.is_email_verified, false) as is_email_verified
    from target_slots
    left join candidates
        on
            target_slots.target_id = candidates.target_id
            and target_slots.slot_type = candidates.slot_type
            and candidates.candidate_rank = 1
)

select * from filled
