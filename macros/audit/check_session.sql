{#- Refuses a session that would read the rows otherwise than the models mean. -#}
{% macro check_session() -%}
    {{ return(adapter.dispatch('check_session')()) }}
{%- endmacro %}

{% macro default__check_session() -%}
    {{ return('') }}
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
