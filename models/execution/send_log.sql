{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='send_id',
    on_schema_change='append_new_columns',
) }}

with

arrived as (
    {{ new_rows(
        ref('stg_execution__sends'), key='send_id', loaded_at='loaded_at'
    ) }}
),

landed as (
    {{ one_record('arrived', key='send_id', latest_by='loaded_at') }}
),

targets as (
    select * from {{ ref('company_target') }}
),

attached as (
    select
        -- ids
        landed.send_id,
        landed.campaign_id,
        landed.sequence_id,
        landed.person_id,
        targets.target_id,
        targets.company_unique_id,

        -- text
        landed.email_to,
        landed.send_status,

        -- numbers
        landed.sequence_step,

        -- timestamps
        landed.scheduled_at,
        landed.sent_at,
        landed.delivered_at,
        landed.bounced_at,
        landed.loaded_at
    from landed
    left join targets
        on landed.company_unique_id = targets.company_unique_id
)

select * from attached
