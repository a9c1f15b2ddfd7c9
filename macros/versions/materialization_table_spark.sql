{#- A table on Spark: its next version is what the model's query gives. -#}
{% materialization table, adapter='spark' -%}
    {{ return(build_version(compiled_code)) }}
{%- endmaterialization %}
