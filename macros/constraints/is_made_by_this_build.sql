{#-
    Whether this very run writes a relation as a table, from nothing. A test of it
    runs after that. A test by itself (`dbt test`) never finds one.
-#}
{% macro is_made_by_this_build(relation) -%}
    {%- if execute and flags.WHICH == 'build' and relation is not string -%}
        {%- for node in graph.nodes.values()
            if node.unique_id in selected_resources
            and node.resource_type == 'model'
            and node.config.materialized == 'table'
            and node.schema == relation.schema
            and node.alias == relation.identifier -%}
            {{ return(true) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(false) }}
{%- endmacro %}
