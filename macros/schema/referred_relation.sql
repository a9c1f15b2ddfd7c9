{#- As `ref` has it, which a hook may not ask: here, or where this run defers to. -#}
{% macro referred_relation(node) -%}
    {%- set here = node_relation(node) -%}
    {%- if node.get('defer_relation') and not all_exist([here]) -%}
        {{ return(node_relation(node.defer_relation)) }}
    {%- endif -%}
    {{ return(here) }}
{%- endmacro %}
