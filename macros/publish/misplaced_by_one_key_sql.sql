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
