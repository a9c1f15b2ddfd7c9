{% macro named_relation(model_name) -%}
    {{ return(node_relation(graph.nodes['model.' ~ project_name ~ '.' ~ model_name])) }}
{%- endmacro %}
