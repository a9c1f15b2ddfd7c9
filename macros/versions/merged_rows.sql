{#-
    What a merge by unique_key would leave: known rows, changed ones in their place
    (in the columns of merge_update_columns alone, where a model names them), and
    new ones.
-#}
{% macro merged_rows(known, changes) -%}
    {%- set key = config.get('unique_key') -%}
    {%- set updated = config.get('merge_update_columns') or model.columns.keys() | list %}
    select
        {%- for column in model.columns %}
        case
            {%- if column in updated %}
            when changed.{{ key }} is null then known.{{ column }}
            else changed.{{ column }}
            {%- else %}
            when known.{{ key }} is null then changed.{{ column }}
            else known.{{ column }}
            {%- endif %}
        end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ known }} as known
    full outer join (
        {{ changes }}
    ) as changed
        on known.{{ key }} = changed.{{ key }}
{%- endmacro %}
