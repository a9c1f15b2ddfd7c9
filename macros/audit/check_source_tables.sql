{#-
    Refuses source tables that Postgres would not show to the build byte for byte and
    row by row. A record that a policy hides would be taken for one that never was; a
    text whose collation is not deterministic is equal to others, so that a record
    would find the company whose id only resembles its own.
-#}
{% macro check_source_tables() -%}
    {%- set names, cls = [], [] -%}
    {%- for source in graph.sources.values() -%}
        {%- set name = dbt.string_literal(source.schema ~ '.' ~ source.identifier) -%}
        {%- do names.append(name) -%}
        {%- if source.source_name == 'cl' -%}
            {%- do cls.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set are_read = "nspname || '.' || relname in (" ~ names | join(', ') ~ ")" -%}
    {%- set hidden = run_query(
        "select string_agg(nspname || '.' || relname, ', ' order by nspname, relname)"
        ~ " from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid"
        ~ " where " ~ are_read ~ " and relrowsecurity and row_security_active(pg_class.oid)"
    ).rows[0][0] if names -%}
    {%- if hidden -%}
        {{ exceptions.raise_compiler_error(
            '[ID005] Row security may hide rows of ' ~ hidden ~ ' from the build, and a record'
            ~ ' that is not seen is lost without a word. Give the build role BYPASSRLS, or switch'
            ~ ' row security off for these tables.'
        ) }}
    {%- endif -%}
    {#- A build of changed companies reads copies that it has made itself. -#}
    {%- set is_copy = target.schema.endswith('__changed')
        and var('cl_schema') == target.schema ~ '_cl_schema' -%}
    {%- set writable = run_query(
        "select string_agg(nspname || '.' || relname, ', ' order by nspname, relname)"
        ~ " from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid"
        ~ " where nspname || '.' || relname in (" ~ cls | join(', ') ~ ")"
        ~ " and has_table_privilege(pg_class.oid, 'insert, update, delete, truncate')"
    ).rows[0][0] if cls and not is_copy -%}
    {%- if writable -%}
        {{ exceptions.raise_compiler_error(
            '[ID007] The build role may write to ' ~ writable ~ '. It only reads what is CL\'s:'
            ~ ' take the privilege from it (`outreach grant`).'
        ) }}
    {%- endif -%}
    {%- set alike = run_query(
        "select string_agg(nspname || '.' || relname || '.' || attname, ', '"
        ~ " order by nspname, relname, attname)"
        ~ " from pg_attribute inner join pg_class on attrelid = pg_class.oid"
        ~ " inner join pg_namespace on relnamespace = pg_namespace.oid"
        ~ " inner join pg_collation on attcollation = pg_collation.oid"
        ~ " where " ~ are_read ~ " and attnum > 0 and not collisdeterministic"
    ).rows[0][0] if names -%}
    {%- if alike -%}
        {{ exceptions.raise_compiler_error(
            '[ID002] The collation of ' ~ alike ~ ' takes different texts for equal, and an id'
            ~ ' is one company\'s byte for byte. Give the column a deterministic collation, such'
            ~ ' as "C", or have a view with one read in its place.'
        ) }}
    {%- endif -%}
{%- endmacro %}
