{#-
    On-run-end: writes the wrong rows of every gate that failed into the
    evidence table, in a transaction of its own. Gates of landed records that
    dbt skipped, because something upstream of them failed, are run here: all
    that has landed wrong is listed, not only what was found first. It raises
    nothing; dbt has failed already.
    A run that was told to read nothing, or a sample, is no evidence of anything.
-#}
{% macro record_identity_failures(results) -%}
    {%- if execute and flags.WHICH in ('build', 'test') and not is_partial_read() -%}
        {%- for result in results
            if result.node.resource_type == 'test'
            and result.node.config.meta.get('gate') -%}
            {%- if result.status == 'fail' -%}
                {%- do store_failures_of(result.node.compiled_code) -%}
            {%- elif result.status == 'skipped' -%}
                {%- set gate_sql = skipped_gate_sql(result.node) -%}
                {%- if gate_sql -%}
                    {%- do store_failures_of(gate_sql) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
