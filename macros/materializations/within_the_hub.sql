{#-
    A foreign key refers to the hub that its table is in, whether dbt has resolved
    its ref already or not. With --defer, dbt 1.11 lets it refer to the state's table,
    even where this very run has made the parent (dbt-core #12455); and a key onto
    another hub's table would lock that table, and afterwards decide what may be done
    with its rows.
-#}
{% macro within_the_hub(constraints) -%}
    {%- set found = [] -%}
    {%- for constraint in constraints -%}
        {%- set parent = modules.re.findall('[A-Za-z0-9_]+', constraint.to or '') | last -%}
        {%- if 'model.' ~ project_name ~ '.' ~ parent in graph.nodes -%}
            {%- do found.append(dict(constraint, to=named_relation(parent) | string)) -%}
        {%- else -%}
            {%- do found.append(constraint) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
