{#-
    The query that reads the table behind a published relation, or '' where
    nothing is published. What a version carried over from an earlier one is a
    view onto the table there: its own definition is the answer, so that views
    never stack.
-#}
{% macro published_select(node) -%}
    {{ return(adapter.dispatch('published_select')(node)) }}
{%- endmacro %}

{% macro postgres__published_select(node) -%}
    {%- set published = published_relation(node) -%}
    {%- set found = run_query(
        "select case relkind when 'v' then rtrim(pg_get_viewdef(pg_class.oid), ';') end"
        ~ " from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid"
        ~ " where nspname = '" ~ published.schema ~ "' and relname = '"
        ~ published.identifier ~ "'"
    ).rows -%}
    {%- if not found -%}
        {{ return('') }}
    {%- endif -%}
    {{ return(found[0][0] or 'select * from ' ~ published) }}
{%- endmacro %}

{% macro spark__published_select(node) -%}
    {%- set published = published_relation(node) -%}
    {%- set version = published_versions(published.schema).get(published.identifier) -%}
    {{ return(
        'select * from ' ~ version_relation(node_relation(node), version) if version else ''
    ) }}
{%- endmacro %}
