{#- The names that a text gives to `var` or `env_var`: of other names none is proved. -#}
{% macro names_read(called, text) -%}
    {{ return(modules.re.findall('\\b' ~ called ~ '\\s*\\(\\s*[\'"](\\w+)[\'"]', text)) }}
{%- endmacro %}
