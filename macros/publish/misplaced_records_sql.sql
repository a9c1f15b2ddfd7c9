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
