{#- Before anything is built: a session that reads as the models mean, audit tables,
    no other build, what a killed one left, the anchor, no leftovers. -#}
{% macro prepare_run() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') -%}
        {%- do check_session() -%}
        {%- do create_audit_tables() -%}
        {%- do refuse_partial_read() -%}
        {%- do refuse_left_models() -%}
        {%- do refuse_concurrent_build() -%}
        {%- do add_context_columns() -%}
        {%- do complete_targets() -%}
        {%- do create_company_target() -%}
        {%- do reset_unpublished() -%}
    {%- endif -%}
{%- endmacro %}
