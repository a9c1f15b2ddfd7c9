{#-
    The models upstream of the given nodes that are not among those `made` by this
    run: each shows what the code of the run that made it selects. What is
    published is judged by its own tests, and left out.
-#}
{% macro models_left(unique_ids, made) -%}
    {%- set published = publishable_models() -%}
    {%- set left = [] -%}
    {%- for unique_id in ancestors(unique_ids)
        if unique_id in graph.nodes
        and unique_id not in made and unique_id not in published
        and graph.nodes[unique_id].config.materialized != 'ephemeral' -%}
        {%- do left.append(graph.nodes[unique_id]) -%}
    {%- endfor -%}
    {{ return(left) }}
{%- endmacro %}
