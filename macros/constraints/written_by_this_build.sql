{#-
    The model that this very run writes a relation for; none where it writes no such
    relation. A test of it runs after that. A test by itself (`dbt test`) finds none.
-#}
{% macro written_by_this_build(relation) -%}
    {%- if execute and flags.WHICH == 'build' and relation is not string -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'model'
            and node.alias == relation.identifier
            and node.schema == relation.schema
            and node.unique_id in selected_resources -%}
            {{ return(node) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
