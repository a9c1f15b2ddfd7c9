{% macro identity_gate_sql(
    records, targets, known, landed_table, key, version, has_target_id, belongs_to
) -%}
{%- set key_text = "cast(" ~ key ~ " as " ~ sql_type('text') ~ ")" -%}
{#- Most ids begin with a printable character of ASCII, and need no further look. -#}
{%- set no_key = "(" ~ key ~ " is null or (ascii(" ~ key_text ~ ") not between 33 and 126"
    ~ " and " ~ without_invisibles(key_text) ~ " = ''))" -%}
with

records as {{ not_materialized() }} (
    select * from {{ records }}
),

targets as {{ not_materialized() }} (
    select
        target_id,
        company_unique_id
    from {{ targets }}
),

known as {{ not_materialized() }} (
    select
        company_unique_id,
        {{ is_placeholder('company_unique_id') }} as is_placeholder
    from {{ known }}
),

unproved as (
    select
        records.{{ key }} as record_key,
        records.company_unique_id
    from records
    left join known
        on records.company_unique_id = known.company_unique_id
    where
        known.company_unique_id is null
        or known.is_placeholder
),

-- a wrong id is judged once, however many records carry it
refused as (
    select
        company_unique_id,
        {{ is_placeholder('company_unique_id') }} as is_placeholder,
        {{ folded('company_unique_id') }} as folded_id
    from unproved
    group by company_unique_id
),

look_alikes as (
    select
        {{ folded('company_unique_id') }} as folded_id,
        min(company_unique_id) as company_unique_id
    from known
    group by 1
),

-- records whose company is proved, so that one fault is reported once
proved as {{ not_materialized() }} (
    select records.*
    from records
    inner join known
        on records.company_unique_id = known.company_unique_id
),

recurring as (
    select {{ key }} as record_key
    from records
    group by {{ key }}
    having count(*) > 1
),

-- few, and so looked at as often as need be
occurrences as (
    select records.*
    from records
    inner join recurring
        on records.{{ key }} = recurring.record_key
),

contents as (
    select
        occurrences.{{ key }} as record_key,
        {%- if version %}
        occurrences.{{ version }} as record_version,{% endif %}
        {{ row_content('occurrences') }} as content
    from occurrences
    {%- if version %}
    where occurrences.{{ version }} is not null{% endif %}
),

failures as (
    select
        cast(unproved.record_key as {{ sql_type('text') }}) as record_key,
        case
            when coalesce(refused.is_placeholder, true) then 'ID001'
            when look_alikes.company_unique_id is not null then 'ID002'
            else 'ID011'
        end as code,
        'company_unique_id' as column_name,
        unproved.company_unique_id as offending_value,
        case
            when coalesce(refused.is_placeholder, true)
                then 'an identity minted by CL'
            when look_alikes.company_unique_id is not null
                then 'CL''s id, byte for byte: '
                || {{ visible_text('look_alikes.company_unique_id') }}
            else 'a company that CL has minted and company_target admits'
        end as expected
    from unproved
    left join refused
        on unproved.company_unique_id = refused.company_unique_id
    left join look_alikes
        on refused.folded_id = look_alikes.folded_id
    {% if has_target_id %}
    union all

    select
        cast(proved.{{ key }} as {{ sql_type('text') }}) as record_key,
        case when named.target_id is null then 'ID006' else 'ID008' end as code,
        'target_id' as column_name,
        proved.target_id as offending_value,
        own.target_id || ', the target of the company, or none' as expected
    from proved
    inner join targets as own
        on proved.company_unique_id = own.company_unique_id
    left join targets as named
        on proved.target_id = named.target_id
    where proved.target_id <> own.target_id
    {% endif %}
    {%- for parent in belongs_to %}
    union all

    select
        cast(proved.{{ key }} as {{ sql_type('text') }}) as record_key,
        'ID008' as code,
        '{{ parent.column }}' as column_name,
        proved.{{ parent.column }} as offending_value,
        'a landed {{ parent.column }} of the same company' as expected
    from proved
    where
        proved.{{ parent.column }} is not null
        and not exists (
            select 1
            from (select * from {{ parent.relation }}) as parents
            where
                parents.{{ parent.column }} = proved.{{ parent.column }}
                and parents.company_unique_id = proved.company_unique_id
        )
    {% endfor %}
    union all

    select
        cast(record_key as {{ sql_type('text') }}) as record_key,
        'ID013' as code,
        '{{ key }}' as column_name,
        cast(record_key as {{ sql_type('text') }}) as offending_value,
        'one content for one id'
        {%- if version %} || ' and {{ version }}'{% endif %} as expected
    from contents
    group by record_key{% if version %}, record_version{% endif %}
    having count(distinct content) > 1

    union all

    select
        cast({{ key }} as {{ sql_type('text') }}) as record_key,
        'ID013' as code,
        case when {{ no_key }} then '{{ key }}' else '{{ version }}' end
            as column_name,
        case when {{ no_key }} then cast({{ key }} as {{ sql_type('text') }}) end
            as offending_value,
        'a record has an id
        {%- if version %} and a {{ version }}{% endif %}' as expected
    from records
    where
        {{ no_key }}
        {%- if version %}
        or {{ version }} is null{% endif %}

    union all

    select
        cast({{ key }} as {{ sql_type('text') }}) as record_key,
        'ID099' as code,
        '{{ key }}' as column_name,
        cast({{ key }} as {{ sql_type('text') }}) as offending_value,
        'an id that a key can hold' as expected
    from records
    where {{ is_too_long(key) }}
    {% if version %}
    union all

    select
        cast(occurrences.{{ key }} as {{ sql_type('text') }}) as record_key,
        'ID013' as code,
        'company_unique_id' as column_name,
        max(occurrences.company_unique_id) as offending_value,
        'every version of one record is of one company' as expected
    from occurrences
    inner join known
        on occurrences.company_unique_id = known.company_unique_id
    group by occurrences.{{ key }}
    having
        min(occurrences.company_unique_id)
        <> max(occurrences.company_unique_id)
    {% endif %}
)

select
    '{{ landed_table }}' as source_table,
    failures.*
from failures
{%- endmacro %}
