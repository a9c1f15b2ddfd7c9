{#-
    The rows of a built mart whose record, whatever column names it (`person_id`,
    `hr_person_id`), its own hub has under another company or not at all; '' where
    a mart names no record or no company. The gates have judged the hubs: a mart
    only repeats what they hold, so that its SQL need not be understood for this.
-#}
{% macro misplaced_records_sql(node) -%}
    {%- set identity = ['company_unique_id', 'target_id'] | select('in', node.columns) | first -%}
    {%- set queries = [] -%}
    {%- for key, hub in record_hubs().items() if identity and identity in hub.columns -%}
        {%- for column in node.columns if column == key or column.endswith('_' ~ key) -%}
            {%- do queries.append(misplaced_by_one_key_sql(node, column, identity, hub, key)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(queries | join(' union all ')) }}
{%- endmacro %}

{#- An anti-join, which two keys in order answer by a merge: few rows need more. -#}
{% macro misplaced_by_one_key_sql(node, column, identity, hub, key) %}
    {%- set hub_name = hub.schema ~ '.' ~ hub.alias %}
    select
        '{{ node.schema }}.{{ node.alias }}' as source_table,
        cast(records.{{ column }} as {{ sql_type('text') }}) as record_key,
        'ID008' as code,
        '{{ identity }}' as column_name,
        records.{{ identity }} as offending_value,
        coalesce(
            (
                select 'that of this {{ column }} in {{ hub_name }}, ' || max(hub.{{ identity }})
                from {{ referred_relation(hub) }} as hub
                where hub.{{ key }} = records.{{ column }}
            ),
            'a {{ column }} that {{ hub_name }} has'
        ) as expected
    from {{ node_relation(node) }} as records
    where
        records.{{ column }} is not null
        and not exists (
            select 1
            from {{ referred_relation(hub) }} as hub
            where
                hub.{{ key }} = records.{{ column }}
                and hub.{{ identity }} = records.{{ identity }}
        )
{% endmacro %}
