{#- The columns of company_target, as far as the registry has them: a target without
    context is queued. -#}
{% macro registered_columns(node) -%}
    {%- set registered = {
        'target_id': 'target_id',
        'company_unique_id': 'company_unique_id',
        'sequence_num': 'sequence_num',
        'first_targeted_at': 'first_targeted_at',
        'last_changed_at': 'first_targeted_at',
        'outreach_status': "'queued'",
    } -%}
    {%- set columns = [] -%}
    {%- for column in node.columns.values() -%}
        {%- do columns.append(
            registered.get(column.name, 'cast(null as ' ~ sql_type(column.data_type) ~ ')')
        ) -%}
    {%- endfor -%}
    {{ return(columns | join(', ')) }}
{%- endmacro %}
