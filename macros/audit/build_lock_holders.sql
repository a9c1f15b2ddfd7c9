{#- The server processes that hold the runner's lock of a hub: one, or none. -#}
{% macro build_lock_holders(hub) -%}
    {{ return(run_query(
        "with lock as (select hashtextextended('outreach build of " ~ hub ~ "', 0) as key)"
        ~ " select pid from pg_locks inner join lock"
        ~ " on classid = ((key >> 32) & 4294967295)::bigint::oid"
        ~ " and objid = (key & 4294967295)::bigint::oid and objsubid = 1"
        ~ " where locktype = 'advisory' and granted and database ="
        ~ " (select oid from pg_database where datname = current_database())"
    ).columns[0].values() | map('string') | list) }}
{%- endmacro %}
