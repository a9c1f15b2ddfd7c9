{#- How it writes it: 'table' from nothing, 'incremental' by adding to it. -#}
{% macro written_by_this_build_as(relation) -%}
    {%- set node = written_by_this_build(relation) -%}
    {{ return(node.config.materialized if node else none) }}
{%- endmacro %}
