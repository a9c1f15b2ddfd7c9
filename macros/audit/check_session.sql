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
    {%- set needed = {
        'session_replication_role': [
            ['origin'], 'ID010', 'no foreign key and no trigger would hold'
        ],
        'standard_conforming_strings': [['on'], 'ID099', 'a text could mean another'],
        'extra_float_digits': [
            ['1', '2', '3'], 'ID013', 'two records that differ could be taken for one'
        ],
    } -%}
    {%- set settings = run_query(
        "select name, setting from pg_settings where name in ('"
        ~ needed.keys() | join("', '") ~ "')"
    ).rows -%}
    {%- for name, setting in settings if setting not in needed[name][0] -%}
        {{ exceptions.raise_compiler_error(
            '[' ~ needed[name][1] ~ '] ' ~ name ~ ' is ' ~ setting ~ ', so that '
            ~ needed[name][2] ~ '. Set it to ' ~ needed[name][0][0]
            ~ ', in the profile, the role or the database.'
        ) }}
    {%- endfor -%}
    {%- do check_shadows() -%}
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
