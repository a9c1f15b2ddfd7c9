{#-
    Two anti-joins and no `distinct`: several processes share them, and of the records of one id
    only those that are missing are counted.
-#}
{% test conserves_records(model, landed, key) %}
{{ config(meta={'gate': true}) }}
with

landed as {{ not_materialized() }} (
    select {{ key }} as record_key from {{ landed }}
),

kept as {{ not_materialized() }} (
    select {{ key }} as record_key from {{ model }}
),

failures as (
    select distinct
        landed.record_key,
        'every landed record in the hub' as expected
    from landed
    where not exists (select 1 from kept where kept.record_key = landed.record_key)

    union all

    select
        kept.record_key,
        'no record in the hub that has not landed' as expected
    from kept
    where not exists (select 1 from landed where landed.record_key = kept.record_key)
)

select
    '{{ model.schema }}.{{ model.identifier }}' as source_table,
    cast(record_key as {{ sql_type('text') }}) as record_key,
    'ID005' as code,
    '{{ key }}' as column_name,
    cast(record_key as {{ sql_type('text') }}) as offending_value,
    expected
from failures
{% endtest %}
