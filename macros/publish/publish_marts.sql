{#-
    On-run-end: readers go from the last good version of all marts to the new
    one in one commit. A version is a schema: what this run built is moved into
    it as tables, what it did not build is carried over as views onto the tables
    of the version that holds them, and the schemas change names. Renaming a
    schema needs no lock on any table, so that an open reader, however long,
    neither waits nor makes anyone wait; swapping tables would queue every new
    reader behind the longest one.
-#}
{% macro publish_marts(results) -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set built = {} -%}
        {%- for result in results
            if result.node.unique_id in publishable_models() and result.status == 'success' -%}
            {%- do built.update({result.node.unique_id: result.node}) -%}
        {%- endfor -%}
        {%- set reason = reason_not_to_publish(results, built) -%}
        {%- if not built -%}
            {%- do log('Nothing to publish: no mart was built.', info=true) -%}
        {%- elif reason -%}
            {%- do log('Not published: ' ~ reason ~ '.', info=true) -%}
        {%- else -%}
            {%- do adapter.dispatch('publish_version')(built) -%}
            {%- do log('Published ' ~ built | length ~ ' marts.', info=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro postgres__publish_version(built) -%}
    {%- call statement('next_version', fetch_result=true, auto_begin=true) -%}
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
    {%- do drop_old_versions(schemas.keys() | list, version) -%}
{%- endmacro %}

{% macro version_ddl(schema, nodes, built, version) -%}
    {%- set fresh = schema ~ '__next' %}
    drop schema if exists {{ fresh }} cascade;
    create schema {{ fresh }};
    {%- for node in nodes %}
    {%- set relation = node_relation(node) %}
    {%- if node.unique_id in built %}
    alter table {{ relation }} set schema {{ fresh }};
    create view {{ relation }} as select * from {{ fresh }}.{{ node.alias }};
    {%- else %}
    {%- set select_published = published_select(node) %}
    {%- if select_published %}
    create view {{ fresh }}.{{ node.alias }} as {{ select_published }};
    {%- endif %}
    {%- endif %}
    {%- endfor %}
    {%- if schema_exists(schema) %}
    alter schema {{ schema }} rename to {{ schema }}__before_{{ version }};
    {%- endif %}
    alter schema {{ fresh }} rename to {{ schema }};
    {{ grant_reading(schema) }}
{%- endmacro %}

{% macro schema_exists(schema) -%}
    {{ return(run_query(
        "select 1 from pg_namespace where nspname = '" ~ schema ~ "'"
    ).rows | length > 0) }}
{%- endmacro %}

{% macro grant_reading(schema) -%}
    {%- set role = var('cl_role') if 'outbound' in schema else var('bi_role') -%}
    {%- if run_query("select 1 from pg_roles where rolname = '" ~ role ~ "'").rows %}
    grant usage on schema {{ schema }} to {{ role }};
    grant select on all tables in schema {{ schema }} to {{ role }};
    {%- endif -%}
{%- endmacro %}
