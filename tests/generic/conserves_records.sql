{#-
    Two anti-joins and no `distinct` of all that has landed: several processes share them, and of
    the records of one id only those that are missing are counted. All versions of a record are of
    one company, or its gate has failed.
-#}
{% test conserves_records(model, landed, key) %}
{{ config(meta={'gate': true}) }}
with

landed as {{ not_materialized() }} (
    select
        {{ key }} as record_key,
        company_unique_id
    from {{ landed }}
),

kept as {{ not_materialized() }} (
    select
        {{ key }} as record_key,
        company_unique_id
    from {{ model }}
),

lost as (
    select
        landed.record_key,
        min(landed.company_unique_id) as company_unique_id
    from landed
    where
        not exists (
            select 1
            from kept
            where
                kept.record_key = landed.record_key
                and kept.company_unique_id = landed.company_unique_id
        )
    group by landed.record_key
),

added as (
    select kept.*
    from kept
    where
        not exists (
            select 1
            from landed
            where
                landed.record_key = kept.record_key
                and landed.company_unique_id = kept.company_unique_id
        )
),

failures as (
    select
        lost.record_key,
        'ID005' as code,
        '{{ key }}' as column_name,
        cast(lost.record_key as {{ sql_type('text') }}) as offending_value,
        'every landed record in the hub' as expected
    from lost
    where not exists (select 1 from added where added.record_key = lost.record_key)

    union all

    select
        added.record_key,
        'ID005' as code,
        '{{ key }}' as column_name,
        cast(added.record_key as {{ sql_type('text') }}) as offending_value,
        'no record in the hub that has not landed' as expected
    from added
    where not exists (select 1 from lost where lost.record_key = added.record_key)

    union all

    select
        added.record_key,
        'ID008' as code,
        'company_unique_id' as column_name,
        added.company_unique_id as offending_value,
        'the company that the record landed with, ' || lost.company_unique_id as expected
    from added
    inner join lost
        on added.record_key = lost.record_key
)

select
    '{{ model.schema }}.{{ model.identifier }}' as source_table,
    cast(record_key as {{ sql_type('text') }}) as record_key,
    code,
    column_name,
    offending_value,
    expected
from failures
{% endtest %}
