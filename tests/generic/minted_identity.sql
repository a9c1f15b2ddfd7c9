{% test minted_identity(model) %}
{{ config(meta={'gate': true}) }}
with

companies as (
    select * from {{ model }}
),

failures as (
    select
        company_unique_id as record_key,
        'ID001' as code,
        'company_unique_id' as column_name,
        company_unique_id as offending_value,
        'an identity that CL has minted' as expected
    from companies
    where {{ is_placeholder('company_unique_id') }}

    union all

    select
        company_unique_id as record_key,
        'ID099' as code,
        'company_unique_id' as column_name,
        company_unique_id as offending_value,
        'an id that a key can hold' as expected
    from companies
    where {{ is_too_long('company_unique_id') }}

    union all

    select
        company_unique_id as record_key,
        'ID009' as code,
        'company_unique_id' as column_name,
        company_unique_id as offending_value,
        'one row of CL for one company, not ' || count(*) as expected
    from companies
    where company_unique_id is not null
    group by company_unique_id
    having count(*) > 1
)

select
    '{{ var("cl_schema") }}.company_identity' as source_table,
    failures.*
from failures
{% endtest %}
