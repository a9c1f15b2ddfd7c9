{#- Refuses a session that would read the rows otherwise than the models mean. -#}
{% macro check_session() -%}
    {{ return(adapter.dispatch('check_session')()) }}
{%- endmacro %}

{#- Whatever comes before pg_catalog may hold another lower(), or another operator =. -#}
{% macro postgres__check_session() -%}
    {%- set first = run_query(
        "select found from unnest(current_schemas(true)) with ordinality as path (found, place)"
        ~ " where found !~ '^pg_temp' order by place limit 1"
    ).rows[0][0] -%}
    {%- if first != 'pg_catalog' -%}
        {{ exceptions.raise_compiler_error(
            '[ID099] The search_path looks into ' ~ first ~ ' before pg_catalog, so that nobody'
            ~ ' can tell which functions the models call. Take pg_catalog out of it, in the'
            ~ ' profile, the role or the database: Postgres then looks there first.'
        ) }}
    {%- endif -%}
    {%- do check_source_tables() -%}
{%- endmacro %}

{% macro spark__check_session() -%}
    {%- set zone = run_query('select current_timezone()').rows[0][0] -%}
    {%- if zone not in ('UTC', 'Etc/UTC', 'Z') -%}
        {{ exceptions.raise_compiler_error(
            "The session's time zone is " ~ zone ~ ', and days are counted in UTC. Set'
            ~ ' spark.sql.session.timeZone to UTC in the server_side_parameters of the profile.'
        ) }}
    {%- endif -%}
{%- endmacro %}
