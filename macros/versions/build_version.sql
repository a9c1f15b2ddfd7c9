{#-
    What a materialization on Spark does: the next version of a model is written
    aside, checked as Postgres checks constraints, seen by the model's hooks, and
    only then shown by the view that carries the model's name. What fails on the way
    leaves the version before.
-#}
{% macro build_version(rows) -%}
    {%- set view = this.incorporate(type='view') -%}
    {%- set table = version_relation(view) -%}

    {{ run_hooks(pre_hooks) }}

    {%- do create_version(model, table) -%}
    {%- call statement('main') -%}
        insert into {{ table }} by name
        {{ rows }}
    {%- endcall -%}
    {%- do refuse_broken_rows(model, table) -%}

    {{ run_hooks(post_hooks) }}

    {%- do show_version(view, table) -%}
    {{ return({'relations': [view]}) }}
{%- endmacro %}
