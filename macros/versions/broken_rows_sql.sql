{#-
    The rows of a table that Postgres would refuse by the model's constraints, as
    evidence: nulls, values of a key given twice, pairs that the parent does not
    have. The codes are those that the runner reads from Postgres' own refusals
    (scripts/outreach_hub/verdict.py); '' where identity is not concerned.
-#}
{% macro broken_rows_sql(node, table) -%}
    {%- set promised = constraints_of(node) -%}
    {%- set nulls = promised.not_null -%}
    {%- set own_key = promised.primary_key -%}
    {%- set record_key = (
        "concat_ws(' ', " ~ own_key | join(', ') ~ ')' if own_key else 'cast(null as string)'
    ) -%}
    {%- set identity = ['target_id', 'company_unique_id'] -%}
    {%- set parts = [] -%}
    {%- if nulls -%}
        {%- set part %}
        select
            {{ record_key }} as record_key,
            case
                when {{ 'company_unique_id' if 'company_unique_id' in nulls else "''" }} is null then 'ID001'
                when {{ 'target_id' if 'target_id' in nulls else "''" }} is null then 'ID011'
                else ''
            end as code,
            case
                {%- for column in identity + nulls if column in nulls %}
                when {{ column }} is null then '{{ column }}'
                {%- endfor %}
            end as column_name,
            cast(null as string) as offending_value,
            'a value' as expected
        from {{ table }}
        where {{ nulls | join(' is null or ') }} is null
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endif -%}
    {%- for key in promised['keys'] -%}
        {%- set concerned = key | select('in', own_key + identity) | list | length == key | length -%}
        {%- set is_identity = node.name == 'company_target'
            and key | select('in', identity) | list -%}
        {%- set part %}
        select
            concat_ws(' ', {{ key | join(', ') }}) as record_key,
            '{{ 'ID009' if is_identity else ('ID013' if concerned else '') }}' as code,
            '{{ key | join(', ') }}' as column_name,
            concat_ws(' ', {{ key | join(', ') }}) as offending_value,
            'one row, not ' || count(*) as expected
        from {{ table }}
        where {{ key | join(' is not null and ') }} is not null
        group by {{ key | join(', ') }}
        having count(*) > 1
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endfor -%}
    {%- for constraint in promised.foreign_keys -%}
        {%- set pairs = [] -%}
        {%- for column in constraint.columns -%}
            {%- do pairs.append(
                'rows.' ~ column ~ ' = parents.' ~ constraint.to_columns[loop.index0]
            ) -%}
        {%- endfor -%}
        {%- set part %}
        select
            {{ record_key }} as record_key,
            '{{ 'ID008' if constraint.columns | select('in', identity) | list else '' }}' as code,
            '{{ constraint.columns | join(', ') }}' as column_name,
            concat_ws(' ', {{ constraint.columns | join(', ') }}) as offending_value,
            'ids that one row of {{ constraint.to }} has' as expected
        from {{ table }} as rows
        left anti join {{ constraint.to }} as parents
            on {{ pairs | join(' and ') }}
        where rows.{{ constraint.columns | join(' is not null and rows.') }} is not null
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endfor -%}
    {%- if not parts -%}
        {{ return('') }}
    {%- endif -%}
    {{ return(
        "select '" ~ node.schema ~ '.' ~ node.name ~ "' as source_table, broken.* from ("
        ~ parts | join('\nunion all\n') ~ ') as broken'
    ) }}
{%- endmacro %}
