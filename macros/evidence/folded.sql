{% macro folded(value) -%}
    {{ return(adapter.dispatch('folded')(value)) }}
{%- endmacro %}

{#- Only to tell a reader which id a refused value resembles. -#}
{% macro postgres__folded(value) -%}
    ltrim(
        lower(normalize({{ without_invisibles(value) }}, nfkc)), '0'
    )
{%- endmacro %}
