{% macro not_materialized() -%}
    {{ return(adapter.dispatch('not_materialized')()) }}
{%- endmacro %}

{#-
    Postgres would write out what several branches read, in one process and on
    disk. To read 1 M records nine times, in several, takes half as long.
-#}
{% macro postgres__not_materialized() -%}
    not materialized
{%- endmacro %}

{% macro default__not_materialized() -%}
{%- endmacro %}
