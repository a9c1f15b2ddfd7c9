{#-
    How this very run writes a relation: 'table' from nothing, 'incremental' by
    adding to it, none otherwise. A test of it runs after that. A test by itself
    (`dbt test`) finds none.
-#}
{% macro written_by_this_build_as(relation) -%}
    {%- if execute and flags.WHICH == 'build' and relation is not string -%}
        {%- for node in graph.nodes.values()
            if node.unique_id in selected_resources
            and node.resource_type == 'model'
            and node.schema == relation.schema
            and node.alias == relation.identifier -%}
            {{ return(node.config.materialized) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
