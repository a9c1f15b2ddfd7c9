{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='event_id',
    on_schema_change='append_new_columns',
) }}

with

arrived as (
    {{ new_rows(
        ref('stg_execution__engagement_events'),
        key='event_id',
        loaded_at='loaded_at',
    ) }}
),

landed as (
    {{ one_record('arrived', key='event_id', latest_by='loaded_at') }}
),

targets as (
    select * from {{ ref('company_target') }}
),

attached as (
    select
        -- ids
        landed.event_id,
        landed.send_id,
        landed.person_id,
        targets.target_id,
        targets.company_unique_id,

        -- text
        landed.event_type,
        landed.source_system,

        -- timestamps
        landed.event_at,
        landed.loaded_at
    from landed
    left join targets
        on landed.company_unique_id = targets.company_unique_id
)

select * from attached
