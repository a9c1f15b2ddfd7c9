{% macro new_rows(relation, key, loaded_at) -%}
    select landed.*
    from (select * from {{ relation }}) as landed
    {%- if holds_rows() %}
    left join {{ this }} as known
        on landed.{{ key }} = known.{{ key }}
    where
        known.{{ key }} is null
        or landed.{{ loaded_at }} > known.{{ loaded_at }}
    {%- endif %}
{%- endmacro %}
