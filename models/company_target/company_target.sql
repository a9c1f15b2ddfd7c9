{#-
    Where identity enters Outreach. prepare_run() has created this table, empty,
    before the first build, so that one statement serves every build: whom CL
    minted and who has no target yet receives one; whose context changed is
    updated; nobody else is touched. Nothing here can give a target twice.
-#}
{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='company_unique_id',
        merge_update_columns=[
            'company_domain',
            'bit_score',
            'bit_tier',
            'outreach_status',
            'last_changed_at',
        ],
        on_schema_change='append_new_columns',
        full_refresh=false,
        meta={'has_all_cores': true},
        post_hook=[
            "{{ refuse_vanished_companies(this, ref('stg_cl__companies')) }}",
            "{{ refuse_changed_targets(this) }}",
            "{{ register_targets(this) }}",
        ],
    )
}}

with

given as (
    select * from {{ this }}
),

companies as (
    select * from {{ ref('stg_cl__companies') }}
),

bit_scores as (
    select * from {{ ref('int_company_target__bit_scores') }}
),

operator_statuses as (
    select * from {{ ref('int_company_target__operator_statuses') }}
),

activity_statuses as (
    select * from {{ ref('int_company_target__activity_statuses') }}
),

unsubscribes as (
    select * from {{ ref('int_company_target__unsubscribes') }}
),

new_companies as (
    select companies.*
    from companies
    left join given
        on companies.company_unique_id = given.company_unique_id
    where
        given.company_unique_id is null
        {{ and_admitted('companies.identity_status') }} -- noqa: LT02
),

highest as (
    select
        left(company_unique_id, 8) as id_prefix,
        max(sequence_num) as sequence_num
    from given
    group by 1
),

numbered as (
    select
        new_companies.company_unique_id,
        coalesce(highest.sequence_num, 0) + row_number() over (
            partition by left(new_companies.company_unique_id, 8)
            order by
                new_companies.created_at nulls last,
                {{ bytewise('new_companies.company_unique_id') }}
        ) as sequence_num
    from new_companies
    left join highest
        on left(new_companies.company_unique_id, 8) = highest.id_prefix
),

targets as (
    select
        target_id,
        company_unique_id,
        sequence_num,
        first_targeted_at
    from given

    union all

    select
        'TGT-' || left(company_unique_id, 8) || '-' || sequence_num
            as target_id,
        company_unique_id,
        sequence_num,
        {{ run_started() }} as first_targeted_at
    from numbered
),

in_context as (
    select
        targets.target_id,
        targets.company_unique_id,
        companies.company_domain,
        bit_scores.bit_tier,
        case
            when operator_statuses.outreach_status = 'opted_out'
                then 'opted_out'
            when unsubscribes.unsubscribe_count > 0 then 'opted_out'
            else coalesce(
                operator_statuses.outreach_status,
                activity_statuses.outreach_status,
                'queued'
            )
        end as outreach_status,
        targets.sequence_num,
        bit_scores.bit_score,
        targets.first_targeted_at
    from targets
    left join companies
        on targets.company_unique_id = companies.company_unique_id
    left join bit_scores
        on targets.company_unique_id = bit_scores.company_unique_id
    left join operator_statuses
        on targets.company_unique_id = operator_statuses.company_unique_id
    left join activity_statuses
        on targets.company_unique_id = activity_statuses.company_unique_id
    left join unsubscribes
        on targets.company_unique_id = unsubscribes.company_unique_id
),

changed as (
    select
        -- ids
        in_context.target_id,
        in_context.company_unique_id,

        -- text
        in_context.company_domain,
        in_context.bit_tier,
        in_context.outreach_status,

        -- numbers
        in_context.sequence_num,
        in_context.bit_score,

        -- timestamps
        in_context.first_targeted_at,
        {{ run_started() }} as last_changed_at
    from in_context
    left join given
        on in_context.company_unique_id = given.company_unique_id
    where
        given.company_unique_id is null
        or in_context.company_domain is distinct from given.company_domain
        or in_context.outreach_status is distinct from given.outreach_status
        or in_context.bit_score is distinct from given.bit_score
        or in_context.bit_tier is distinct from given.bit_tier
)

select * from changed
