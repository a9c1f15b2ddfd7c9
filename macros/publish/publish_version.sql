{% macro publish_version(built) -%}
    {%- do refuse_by_hand('publish_version') -%}
    {{ return(adapter.dispatch('publish_version')(built)) }}
{%- endmacro %}

{#-
    The begin is there because dbt-postgres sends none: it leaves that to its driver,
    which does it once a connection, and dbt has sent a commit before any hook.
    Without it each statement up to the commit would be one of its own.
-#}
{% macro postgres__publish_version(built) -%}
    {%- call statement('next_version', fetch_result=true, auto_begin=true) -%}
        begin;
        insert into {{ audit_relation('publications') }} (invocation_id, models)
        values (
            '{{ invocation_id }}',
            array['{{ built.values() | map(attribute="name") | sort | join("', '") }}']
        )
        returning publication_id
    {%- endcall -%}
    {%- set version = load_result('next_version').data[0][0] -%}
    {%- set schemas = {} -%}
    {%- for node in publishable_models().values() -%}
        {%- set schema = published_relation(node).schema -%}
        {%- do schemas.setdefault(schema, []).append(node) -%}
    {%- endfor -%}
    {%- for schema, nodes in schemas.items() -%}
        {%- do run_query(version_ddl(schema, nodes, built, version)) -%}
    {%- endfor -%}
    {%- do adapter.commit() -%}
    {%- do drop_old_versions(schemas.keys() | list) -%}
{%- endmacro %}

{#-
    A version is what this run has written. The publication is put on record before it
    is shown, so that a run after a killed one can end it.
-#}
{% macro spark__publish_version(built) -%}
    {%- set names = built.values() | map(attribute='name') | sort -%}
    {%- do run_query(
        'insert into ' ~ audit_relation('publications')
        ~ " select coalesce(max(publication_id), 0) + 1, '" ~ invocation_id
        ~ "', current_timestamp, array('" ~ names | join("', '")
        ~ "'), '" ~ run_version() ~ "' from " ~ audit_relation('publications')
    ) -%}
    {%- do show_publication(names, run_version()) -%}
    {%- do drop_stale_versions() -%}
{%- endmacro %}
