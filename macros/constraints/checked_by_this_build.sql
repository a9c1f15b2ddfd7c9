{#-
    The constraints of a relation that this very run has checked on Spark: all that
    its model promises, of every row, in `build_version` before the version was shown.
    None of a relation that it does not write.
-#}
{% macro checked_by_this_build(relation) -%}
    {%- set node = written_by_this_build(relation) -%}
    {%- set is_checked = node and node.config.materialized in ('table', 'incremental') -%}
    {{ return(constraints_of(node if is_checked else none)) }}
{%- endmacro %}
