{% test matches_target(model, key) %}
{{ config(meta={'gate': true}) }}
{%- set pair = ['target_id', 'company_unique_id'] -%}
{%- set keys = [key] if key is string else key -%}
{%- set query -%}
with

records as (
    select * from {{ model }}
),

targets as (
    select * from {{ ref('company_target') }}
)

select
    '{{ model.schema }}.{{ model.identifier }}' as source_table,
    concat_ws(' ', records.{{ keys | join(', records.') }}) as record_key,
    'ID008' as code,
    'target_id' as column_name,
    records.target_id as offending_value,
    'the target of company ' || records.company_unique_id as expected
from records
left join targets
    on
        records.target_id = targets.target_id
        and records.company_unique_id = targets.company_unique_id
where targets.target_id is null
{%- endset -%}
{{ unless_referenced(query, model, pair, ref('company_target'), pair) }}
{% endtest %}
