{% macro is_too_long(value) -%}
    {{ return(adapter.dispatch('is_too_long')(value)) }}
{%- endmacro %}

{#- An index entry holds 2,704 bytes; on company_target the target_id is beside. -#}
{% macro postgres__is_too_long(value) -%}
    octet_length({{ value }}) > 2600
{%- endmacro %}
