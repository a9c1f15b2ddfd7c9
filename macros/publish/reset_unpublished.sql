{#-
    On-run-start: a table that a failed build left in the build schema gives way
    to the view onto what is published, so that refs, tests and --defer never
    read what was not published.
-#}
{% macro reset_unpublished() -%}
    {%- for node in publishable_models().values() -%}
        {%- set leftover = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if leftover is not none and leftover.type == 'table' -%}
            {%- do adapter.drop_relation(leftover) -%}
            {%- set select_published = published_select(node) -%}
            {%- if select_published -%}
                {%- do in_own_transaction(
                    'create view ' ~ node_relation(node) ~ ' as ' ~ select_published
                ) -%}
                {%- do adapter.cache_added(node_relation(node).incorporate(type='view')) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
