{% macro grant_reading(schema) -%}
    {%- set role = var('cl_role') if 'outbound' in schema else var('bi_role') -%}
    {%- if run_query("select 1 from pg_roles where rolname = '" ~ role ~ "'").rows %}
    grant usage on schema {{ schema }} to {{ role }};
    grant select on all tables in schema {{ schema }} to {{ role }};
    {%- endif -%}
{%- endmacro %}
