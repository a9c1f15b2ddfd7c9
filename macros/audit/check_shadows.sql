{#-
    Refuses functions and operators that the session could take for the server's own:
    one in a schema of the search_path, called like one of pg_catalog, is what a model
    calls if its types fit better. Those of an extension have types of their own.
-#}
{% macro check_shadows() -%}
    {%- set shadows = run_query(
        "with named (catalog, oid, schema, name, shown) as ("
        ~ " select tableoid, oid, pronamespace, proname, proname || '()' from pg_proc"
        ~ " union all select tableoid, oid, oprnamespace, oprname, oprname from pg_operator)"
        ~ " select string_agg(distinct nspname || '.' || shown, ', ') from named"
        ~ " inner join pg_namespace on schema = pg_namespace.oid"
        ~ " where nspname = any(current_schemas(false)) and nspname <> 'pg_catalog'"
        ~ " and (exists (select from named as own where own.name = named.name"
        ~ " and own.schema = 'pg_catalog'::regnamespace)"
        ~ " or named.name in ('" ~ newer_functions() | join("', '") ~ "'))"
        ~ " and not exists (select from pg_depend"
        ~ " where classid = named.catalog and objid = named.oid and deptype = 'e')"
    ).rows[0][0] -%}
    {%- if shadows -%}
        {{ exceptions.raise_compiler_error(
            '[ID099] ' ~ shadows ~ ' may be taken for what Postgres has of that name, so that'
            ~ ' nobody can tell what the models call. Rename it, or take its schema out of the'
            ~ ' search_path.'
        ) }}
    {%- endif -%}
{%- endmacro %}
