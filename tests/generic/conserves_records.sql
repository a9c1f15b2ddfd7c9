{% test conserves_records(model, landed, key) %}
{{ config(meta={'gate': true}) }}
with

landed as (
    select distinct {{ key }} as record_key from {{ landed }}
),

kept as (
    select {{ key }} as record_key from {{ model }}
)

select
    '{{ model.schema }}.{{ model.identifier }}' as source_table,
    cast(coalesce(landed.record_key, kept.record_key) as {{ sql_type('text') }}) as record_key,
    'ID005' as code,
    '{{ key }}' as column_name,
    cast(coalesce(landed.record_key, kept.record_key) as {{ sql_type('text') }})
        as offending_value,
    case
        when kept.record_key is null then 'every landed record in the hub'
        else 'no record in the hub that has not landed'
    end as expected
from landed
full outer join kept
    on landed.record_key = kept.record_key
where
    landed.record_key is null
    or kept.record_key is null
{% endtest %}
