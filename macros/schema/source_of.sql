{#-
    The source table that a staging model reads, by the model's relation: here, or where
    this run defers to.
-#}
{% macro source_of(relation) -%}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.alias == relation.identifier -%}
        {%- for unique_id in node.depends_on.nodes if unique_id in graph.sources -%}
            {%- do found.append(graph.sources[unique_id]['relation_name']) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if found | length != 1 -%}
        {{ exceptions.raise_compiler_error(
            '[ID002] ' ~ relation ~ ' is made of ' ~ found | length ~ ' source tables, and not'
            ~ ' of the one that CL mints in.'
        ) }}
    {%- endif -%}
    {{ return(found[0]) }}
{%- endmacro %}
