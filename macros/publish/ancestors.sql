{#- All nodes and sources upstream of the given ones, themselves included. -#}
{% macro ancestors(unique_ids) -%}
    {%- set found = {} -%}
    {%- set waiting = unique_ids | list -%}
    {%- for unused in range(graph.nodes | length * 10) if waiting -%}
        {%- set unique_id = waiting.pop() -%}
        {%- if unique_id not in found and unique_id in graph.sources -%}
            {%- do found.update({unique_id: true}) -%}
        {%- elif unique_id not in found and unique_id in graph.nodes -%}
            {%- do found.update({unique_id: true}) -%}
            {%- do waiting.extend(graph.nodes[unique_id].depends_on.nodes) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
