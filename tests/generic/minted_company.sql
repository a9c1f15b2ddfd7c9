{% test minted_company(model, companies, cl_table, key) %}
{{ config(group='company_target', meta={'gate': true}) }}
with

records as (
    select * from {{ model }}
),

companies as (
    select * from {{ companies }}
),

unproved as (
    select
        cast(records.{{ key }} as {{ sql_type('text') }}) as record_key,
        records.company_unique_id as offending_value
    from records
    left join companies
        on records.company_unique_id = companies.company_unique_id
    where companies.company_unique_id is null
),

failures as (
    select
        record_key,
        case
            when {{ is_placeholder('offending_value') }} then 'ID001'
            else 'ID011'
        end as code,
        'company_unique_id' as column_name,
        offending_value,
        'a company that CL has minted' as expected
    from unproved
)

select
    '{{ var("cl_schema") }}.{{ cl_table }}' as source_table,
    failures.*
from failures
{% endtest %}
