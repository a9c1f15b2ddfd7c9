{#- What the schemas of these models hold, by schema: one query each. -#}
{% macro versions_of(nodes) -%}
    {%- set found = {} -%}
    {%- for schema in nodes | map(attribute='schema') | unique -%}
        {%- do found.update({schema: versions_in(schema)}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
