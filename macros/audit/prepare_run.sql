{#- Before anything is built: audit tables, the anchor, and no leftovers. -#}
{% macro prepare_run() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') -%}
        {%- do create_audit_tables() -%}
        {%- do create_company_target() -%}
        {%- do reset_unpublished() -%}
    {%- endif -%}
{%- endmacro %}
