{#-
    An incremental model on Spark: its next version is the one before with the rows
    of the model merged in by unique_key. Parquet files are never changed, so that
    every build writes the table anew; what it need not do is work the rows out again.
-#}
{% materialization incremental, adapter='spark' -%}
    {%- set view = this.incorporate(type='view') -%}
    {%- set table = version_relation(view) -%}

    {{ run_hooks(pre_hooks) }}

    {%- do create_version(model, table) -%}
    {%- call statement('main') -%}
        insert into {{ table }} by name
        {% if holds_rows() -%}
        {{ merged_rows(view, compiled_code) }}
        {%- else -%}
        {{ compiled_code }}
        {%- endif %}
    {%- endcall -%}
    {%- do refuse_broken_rows(model, table) -%}

    {{ run_hooks(post_hooks) }}

    {%- do show_version(view, table) -%}
    {{ return({'relations': [view]}) }}
{%- endmaterialization %}
