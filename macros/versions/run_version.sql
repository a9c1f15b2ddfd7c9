{#- What the tables that this run writes are called by: v and the run's start, so
    that versions sort as they were made. -#}
{% macro run_version() -%}
    {{ return('v' ~ run_started_at.strftime('%Y%m%d%H%M%S%f')) }}
{%- endmacro %}
