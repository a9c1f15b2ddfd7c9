{#- Whether Spark is elsewhere, where others may be building as well. -#}
{% macro is_endpoint() -%}
    {{ return(target.method != 'session' or env_var('SPARK_REMOTE', '') != '') }}
{%- endmacro %}
