{% macro bytewise(column) -%}
    {{ return(adapter.dispatch('bytewise')(column)) }}
{%- endmacro %}

{% macro postgres__bytewise(column) -%}
    {{ column }} collate "C"
{%- endmacro %}
