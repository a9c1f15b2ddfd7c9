{#- Behind a select that is inserted: its rows are there together or not at all. A
    transaction sees to that on Postgres, on Spark that they are one file. -#}
{% macro as_one_file() -%}
    {{ return(adapter.dispatch('as_one_file')()) }}
{%- endmacro %}

{% macro default__as_one_file() -%}
    {{ return('') }}
{%- endmacro %}

{% macro spark__as_one_file() -%}
    {{ return('/*+ coalesce(1) */') }}
{%- endmacro %}
