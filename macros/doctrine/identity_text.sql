{% macro identity_text(column) -%}
    cast({{ column }} as text) as {{ column }}
{%- endmacro %}
