{#-
    Types are declared as Postgres calls them, in YAML and here; another engine
    has its own words for a few.
-#}
{% macro sql_type(name) -%}
    {{ return(adapter.dispatch('sql_type')(name)) }}
{%- endmacro %}

{% macro default__sql_type(name) -%}
    {{ return(name) }}
{%- endmacro %}

{% macro spark__sql_type(name) -%}
    {{ return({
        'text': 'string',
        'double precision': 'double',
        'timestamptz': 'timestamp',
    }.get(name, name)) }}
{%- endmacro %}
