{#-
    An index entry of Postgres holds 2,704 bytes; on company_target the target_id
    is beside. No engine takes an id that another could not.
-#}
{% macro is_too_long(value) -%}
    octet_length({{ value }}) > 2600
{%- endmacro %}
