{#- Before anything is built: audit tables, no other build, the anchor, no
    leftovers. -#}
{% macro prepare_run() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') -%}
        {%- do create_audit_tables() -%}
        {%- do refuse_concurrent_build() -%}
        {%- do create_company_target() -%}
        {%- do reset_unpublished() -%}
    {%- endif -%}
{%- endmacro %}
