{% macro identity_text(column) -%}
    cast({{ column }} as {{ sql_type('text') }}) as {{ column }}
{%- endmacro %}
