{#- All nodes and sources upstream of the given ones, themselves included. -#}
{% macro ancestors(unique_ids) -%}
    {%- set found = {} -%}
    {%- set waiting = unique_ids | list -%}
    {%- for unused in range(graph.nodes | length * 10) if waiting -%}
        {%- set unique_id = waiting.pop() -%}
        {%- set node = graph.nodes.get(unique_id) or graph.sources.get(unique_id) -%}
        {%- if node and unique_id not in found -%}
            {%- do found.update({unique_id: true}) -%}
            {%- do waiting.extend(node.depends_on.nodes if node.depends_on else []) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
