{#- Whether Spark is elsewhere, where others may be building as well. -#}
{% macro is_endpoint() -%}
    {{ return(env_var('SPARK_REMOTE', '') != '') }}
{%- endmacro %}
