{#-
    Whether Spark is elsewhere, where others may be building as well. dbt's target has
    no method: what tells a server from a session is its port, 443 where none is named.
-#}
{% macro is_endpoint() -%}
    {{ return(env_var('SPARK_REMOTE', '') != '' or target.port | int != 443) }}
{%- endmacro %}
