{#-
    An incremental model on Spark: its next version is the one before with the rows
    of the model merged in by unique_key. Parquet files are never changed, so that
    every build writes the table anew; what it need not do is work the rows out again.
-#}
{% materialization incremental, adapter='spark' -%}
    {{ return(build_version(
        merged_rows(this, compiled_code) if holds_rows() else compiled_code
    )) }}
{%- endmaterialization %}
