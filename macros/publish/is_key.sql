{#- Whether a column alone is a key of a model: what a foreign key may refer to. -#}
{% macro is_key(node, column) -%}
    {%- set constraints = node.columns.get(column, {}).get('constraints', []) -%}
    {{ return(
        constraints | selectattr('type', 'in', ['primary_key', 'unique']) | list | length > 0
    ) }}
{%- endmacro %}
