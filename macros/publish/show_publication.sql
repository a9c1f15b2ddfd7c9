{#-
    On Spark: shows one version of all the marts that were published with it, by one
    entry of the catalog. Each published view is first given both versions, and shows
    the one or the other by what `published_version` says; then that view is turned.
    It holds a constant, so that Spark plans a query without the version not shown.
    What has no version before, or one of other columns, cannot be prepared: it
    follows, one view after the other. May be called again after a killed run.
-#}
{% macro show_publication(models, version) -%}
    {%- set switch = audit_relation('published_version') -%}
    {%- set current = '(select version from ' ~ switch ~ ')' -%}
    {%- set shown = shown_versions() -%}
    {%- set built = versions_of(publishable_models().values()) -%}
    {%- set following = [] -%}
    {%- for node in publishable_models().values() if node.name in models -%}
        {%- set view = published_relation(node) -%}
        {%- set relation = node_relation(node) -%}
        {%- set table = version_relation(relation, version) -%}
        {%- set version_before = shown[view.schema].get(view.identifier) -%}
        {%- set before = version_relation(relation, version_before or version) -%}
        {%- set columns = built[relation.schema].columns -%}
        {%- if version_before == version -%}
        {%- elif version_before and columns[before.identifier] == columns[table.identifier] -%}
            {%- do define_view(
                view,
                'select * from ' ~ table ~ ' where ' ~ current ~ " >= '" ~ version ~ "'"
                ~ ' union all select * from ' ~ before ~ ' where ' ~ current
                ~ " < '" ~ version ~ "'"
            ) -%}
        {%- else -%}
            {%- do following.append([view, table]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do define_view(switch, "select '" ~ version ~ "' as version") -%}
    {%- for view, table in following -%}
        {%- do show_version(view, table) -%}
    {%- endfor -%}
{%- endmacro %}
