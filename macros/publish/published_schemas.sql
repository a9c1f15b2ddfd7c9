{#- The schemas that marts are published to, in order of name. -#}
{% macro published_schemas() -%}
    {%- set schemas = {} -%}
    {%- for node in publishable_models().values() -%}
        {%- do schemas.update({published_relation(node).schema: true}) -%}
    {%- endfor -%}
    {{ return(schemas.keys() | sort) }}
{%- endmacro %}
