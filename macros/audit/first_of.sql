{#- Some ids for a message: five, and whether there are more. -#}
{% macro first_of(ids) -%}
    {{ return(ids[:5] | join(', ') ~ (', ...' if ids | length > 5 else '')) }}
{%- endmacro %}
