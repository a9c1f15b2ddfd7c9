{#- dbt 1.11 has no flags.SAMPLE in Jinja: it is always undefined, and so false. -#}
{% macro is_partial_read() -%}
    {{ return(flags.EMPTY or invocation_args_dict.get('sample') is not none) }}
{%- endmacro %}
