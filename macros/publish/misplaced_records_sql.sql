{#-
    The rows of a built mart whose record its own hub has under another company or
    not at all; '' where a mart names no record or no company. The gates have
    judged the hubs: a mart only repeats what they hold, so that its SQL need not
    be understood for this.
-#}
{% macro misplaced_records_sql(node) -%}
    {%- set names = node.columns.keys() | map('lower') | list -%}
    {%- set identity = ['company_unique_id', 'target_id'] | select('in', names) | first -%}
    {%- set hubs = record_hubs() -%}
    {%- set upstream = ancestors([node.unique_id]) -%}
    {%- set queries = [] -%}
    {%- if identity -%}
        {%- for column, key in record_columns(node, hubs).items() -%}
            {%- set read = hubs[key] | selectattr('unique_id', 'in', upstream) | list -%}
            {%- do queries.append(
                misplaced_by_one_key_sql(node, column, identity, read or hubs[key], key)
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(queries | join(' union all ')) }}
{%- endmacro %}

{#- Anti-joins, which two keys in order answer by a merge: few rows need more. -#}
{% macro misplaced_by_one_key_sql(node, column, identity, hubs, key) %}
    {%- set record = 'cast(records.' ~ column ~ ' as ' ~ sql_type('text') ~ ')' %}
    {%- set names = [] %}
    {%- for hub in hubs %}
        {%- do names.append(hub.schema ~ '.' ~ hub.alias) %}
    {%- endfor %}
    select
        '{{ node.schema }}.{{ node.alias }}' as source_table,
        {{ record }} as record_key,
        'ID008' as code,
        '{{ identity }}' as column_name,
        records.{{ identity }} as offending_value,
        coalesce(
            {%- for hub in hubs %}
            (
                select
                    'that of this {{ key }} in {{ names[loop.index0] }}, '
                    || max(hub.{{ identity }})
                from {{ referred_relation(hub) }} as hub
                where hub.{{ key }} = {{ record }}
            ),
            {%- endfor %}
            'a {{ key }} that {{ names | join(" or ") }} has'
        ) as expected
    from {{ node_relation(node) }} as records
    where
        records.{{ column }} is not null
        {%- for hub in hubs %}
        and not exists (
            select 1
            from {{ referred_relation(hub) }} as hub
            where
                hub.{{ key }} = {{ record }}
                and hub.{{ identity }} = records.{{ identity }}
        )
        {%- endfor %}
{% endmacro %}
