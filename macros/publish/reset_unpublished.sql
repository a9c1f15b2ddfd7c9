{#-
    On-run-start: a table that a failed build left in the build schema gives way
    to the view onto what is published, so that refs, tests and --defer never
    read what was not published. Both in one transaction: a build that is killed
    between them leaves the table for the next to find.
-#}
{% macro reset_unpublished() -%}
    {%- for node in publishable_models().values() -%}
        {%- set leftover = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if leftover is not none and leftover.type == 'table' -%}
            {%- set select_published = published_select(node) -%}
            {%- set view = node_relation(node).incorporate(type='view') -%}
            {%- do in_own_transaction(
                'drop table ' ~ leftover ~ ' cascade;'
                ~ (('create view ' ~ view ~ ' as ' ~ select_published) if select_published)
            ) -%}
            {%- do adapter.cache_dropped(leftover) -%}
            {%- if select_published -%}
                {%- do adapter.cache_added(view) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
