{% macro grant_reading(schema) -%}
    {#- By its end: a target's own prefix may say anything. -#}
    {%- set role = var('cl_role') if schema.endswith('outreach_outbound') else var('bi_role') -%}
    {%- if run_query(
        "select 1 from pg_roles where rolname = '" ~ escape_single_quotes(role) ~ "'"
    ).rows %}
    grant usage on schema {{ schema }} to {{ adapter.quote(role) }};
    grant select on all tables in schema {{ schema }} to {{ adapter.quote(role) }};
    {%- endif -%}
{%- endmacro %}
