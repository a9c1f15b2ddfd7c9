{#- On Spark: the version that readers find of everything published, by schema and name. -#}
{% macro shown_versions() -%}
    {%- set shown = {} -%}
    {%- for schema in published_schemas() -%}
        {%- do shown.update({schema: published_versions(schema)}) -%}
    {%- endfor -%}
    {{ return(shown) }}
{%- endmacro %}
