{% macro schema_exists(schema) -%}
    {{ return(run_query(
        "select 1 from pg_namespace where nspname = '" ~ schema ~ "'"
    ).rows | length > 0) }}
{%- endmacro %}
