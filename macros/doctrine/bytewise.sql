{% macro bytewise(column) -%}
    {{ return(adapter.dispatch('bytewise')(column)) }}
{%- endmacro %}

{% macro postgres__bytewise(column) -%}
    {{ column }} collate "C"
{%- endmacro %}

{#- Spark compares strings byte by byte unless it is told otherwise. -#}
{% macro spark__bytewise(column) -%}
    {{ column }}
{%- endmacro %}
