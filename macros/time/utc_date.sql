{% macro utc_date(column) -%}
    {{ return(adapter.dispatch('utc_date')(column)) }}
{%- endmacro %}

{% macro postgres__utc_date(column) -%}
    cast({{ column }} at time zone 'UTC' as date)
{%- endmacro %}

{#- The session's time zone is UTC: check_session() refuses any other. -#}
{% macro spark__utc_date(column) -%}
    cast({{ column }} as date)
{%- endmacro %}
