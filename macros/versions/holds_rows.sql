{#-
    is_incremental(), where a model is a view onto its newest version: dbt knows an
    incremental model only by its table.
-#}
{% macro holds_rows() -%}
    {{ return(adapter.dispatch('holds_rows')()) }}
{%- endmacro %}

{% macro default__holds_rows() -%}
    {{ return(is_incremental()) }}
{%- endmacro %}

{% macro spark__holds_rows() -%}
    {{ return(
        execute
        and not should_full_refresh()
        and adapter.get_relation(this.database, this.schema, this.identifier) is not none
    ) }}
{%- endmacro %}
