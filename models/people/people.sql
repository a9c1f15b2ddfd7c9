with

landed as (
    {{ one_record(ref('stg_people__people'), key='person_id') }}
),

targets as (
    select * from {{ ref('company_target') }}
),

attached as (
    select
        -- ids
        landed.person_id,
        targets.target_id,
        targets.company_unique_id,

        -- text
        landed.full_name,
        landed.title,
        landed.email,
        landed.slot_type,
        landed.contact_status,
        landed.source_system,

        -- booleans
        landed.is_email_verified,
        {{ is_future_dated(utc_date('landed.created_at')) }}
            as is_future_dated,

        -- timestamps
        landed.created_at
    from landed
    left join targets
        on landed.company_unique_id = targets.company_unique_id
)

select * from attached
