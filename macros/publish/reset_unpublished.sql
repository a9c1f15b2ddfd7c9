{#-
    On-run-start: what a failed build left in the build schema gives way to the
    view onto what is published, so that refs, tests and --defer never read what
    was not published. Both in one transaction: a build that is killed between
    them leaves the table for the next to find. Of a mart that is a view, nobody
    can tell by its kind whether it was published, so it gives way each time.
-#}
{% macro reset_unpublished() -%}
    {{ return(adapter.dispatch('reset_unpublished')()) }}
{%- endmacro %}

{% macro postgres__reset_unpublished() -%}
    {%- for node in publishable_models().values() -%}
        {%- set leftover = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if leftover is not none
            and (leftover.type == 'table' or node.config.materialized == 'view') -%}
            {%- set select_published = published_select(node) -%}
            {%- set view = node_relation(node).incorporate(type='view') -%}
            {%- do in_own_transaction(
                'drop ' ~ leftover.type ~ ' ' ~ leftover ~ ' cascade;'
                ~ (('create view ' ~ view ~ ' as ' ~ select_published) if select_published)
            ) -%}
            {%- do adapter.cache_dropped(leftover) -%}
            {%- if select_published -%}
                {%- do adapter.cache_added(view) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#-
    On Spark a publication is put on record and then shown. One that was killed in
    between is ended first: what it was to publish had passed everything.
-#}
{% macro spark__reset_unpublished() -%}
    {%- set last = run_query(
        "select array_join(models, ' ') as models, version from " ~ audit_relation('publications')
        ~ ' order by publication_id desc limit 1'
    ).rows -%}
    {%- if last -%}
        {%- do show_publication(last[0][0].split(' '), last[0][1]) -%}
    {%- endif -%}
    {%- set shown = shown_versions() -%}
    {%- set built = versions_of(publishable_models().values()) -%}
    {%- for node in publishable_models().values() -%}
        {%- set relation = node_relation(node) -%}
        {%- set published = published_relation(node) -%}
        {%- set version = shown[published.schema].get(published.identifier) -%}
        {%- set aside = (built[relation.schema].named.get(relation.identifier) or [none])[0] -%}
        {%- if aside and not version -%}
            {%- do run_query('drop view ' ~ relation) -%}
            {%- do adapter.cache_dropped(relation) -%}
        {%- elif aside and aside != version -%}
            {%- do show_version(relation, version_relation(relation, version)) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
