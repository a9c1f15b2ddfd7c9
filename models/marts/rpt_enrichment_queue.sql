with

targets as (
    select * from {{ ref('company_target') }}
),

people as (
    select * from {{ ref('people') }}
),

slots as (
    select * from {{ ref('people_slots') }}
),

filings as (
    select * from {{ ref('dol_filings') }}
),

signals as (
    select * from {{ ref('blog_signals') }}
),

-- how long what was found stays fresh: people change posts within a year, a
-- plan files every year and up to half a year late, news ages in a quarter
sub_hubs as (
    select
        '04.04.04.02' as doctrine_id,
        'people' as sub_hub,
        365 as fresh_for_days
    union all
    select
        '04.04.04.03' as doctrine_id,
        'dol' as sub_hub,
        550 as fresh_for_days
    union all
    select
        '04.04.04.04' as doctrine_id,
        'blog' as sub_hub,
        90 as fresh_for_days
),

expected as (
    select
        targets.*,
        sub_hubs.doctrine_id,
        sub_hubs.sub_hub,
        sub_hubs.fresh_for_days
    from targets
    cross join sub_hubs
),

records as (
    select
        target_id,
        'people' as sub_hub,
        {{ utc_date('created_at') }} as found_date,
        is_future_dated
    from people

    union all

    select
        target_id,
        'dol' as sub_hub,
        coalesce(received_date, {{ utc_date('loaded_at') }}) as found_date,
        is_future_dated
    from filings

    union all

    select
        target_id,
        'blog' as sub_hub,
        {{ utc_date('detected_at') }} as found_date,
        is_future_dated
    from signals
),

latest as (
    select
        target_id,
        sub_hub,
        count(*) as record_count,
        max(found_date) as last_found_date
    from records
    where is_future_dated = false
    group by target_id, sub_hub
),

empty_slots as (
    select
        target_id,
        'people' as sub_hub,
        count(*) as empty_slot_count,
        {{ dbt.listagg(
            measure='slot_type',
            delimiter_text="', '",
            order_by_clause='order by slot_type'
        ) }} as slot_types
    from slots
    where is_filled = false
    group by target_id
),

found as (
    select
        expected.*,
        coalesce(latest.record_count, 0) as record_count,
        coalesce(empty_slots.empty_slot_count, 0) as empty_slot_count,
        empty_slots.slot_types as empty_slot_types,
        latest.last_found_date,
        cast(
            {{ dbt.dateadd(
                'day', 'expected.fresh_for_days', 'latest.last_found_date'
            ) }} as date
        ) as stale_date
    from expected
    left join latest
        on
            expected.target_id = latest.target_id
            and expected.sub_hub = latest.sub_hub
    left join empty_slots
        on
            expected.target_id = empty_slots.target_id
            and expected.sub_hub = empty_slots.sub_hub
),

gaps as (
    select
        found.*,
        case
            when record_count = 0 or empty_slot_count > 0 then 'missing'
            when stale_date <= {{ as_of_date() }} then 'stale'
        end as gap_type
    from found
),

queue as (
    select
        -- ids
        target_id,
        company_unique_id,
        doctrine_id,

        -- text
        sub_hub,
        gap_type,
        empty_slot_types,
        company_domain,
        bit_tier,
        outreach_status,

        -- numbers
        row_number() over (
            order by
                bit_score desc nulls last,
                {{ bytewise('target_id') }},
                doctrine_id
        ) as priority_rank,
        bit_score,
        record_count,

        -- dates
        last_found_date,
        case
            when gap_type = 'stale' then stale_date
            else {{ utc_date('first_targeted_at') }}
        end as gap_since_date
    from gaps
    where gap_type is not null
)

select * from queue
