{#-
    An incremental model on Spark: its next version is the one before with the rows
    of the model merged in by unique_key. Parquet files are never changed, so that
    every build writes the table anew; what it need not do is work the rows out again.
-#}
{% materialization incremental, adapter='spark' -%}
    {%- set is_added_to = holds_rows() -%}
    {%- set built = build_version(
        merged_rows(this, compiled_code) if is_added_to else compiled_code
    ) -%}
    {%- if not is_added_to -%}
        {%- do run_query(keep_code(model, this)) -%}
    {%- endif -%}
    {{ return(built) }}
{%- endmaterialization %}
