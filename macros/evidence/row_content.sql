{% macro row_content(alias) -%}
    {{ return(adapter.dispatch('row_content')(alias)) }}
{%- endmacro %}

{% macro postgres__row_content(alias) -%}
    cast({{ alias }} as text)
{%- endmacro %}

{% macro spark__row_content(alias) -%}
    to_json(struct({{ alias }}.*))
{%- endmacro %}
