{#-
    What tells a table from another that stood under its name before, or under another
    name: Postgres numbers them. On Spark the name has to do.
-#}
{% macro table_id(relation) -%}
    {{ return(adapter.dispatch('table_id')(relation)) }}
{%- endmacro %}

{% macro postgres__table_id(relation) -%}
    to_regclass('{{ relation.include(database=false) }}')::oid::text
{%- endmacro %}

{% macro spark__table_id(relation) -%}
    '{{ relation.identifier }}'
{%- endmacro %}
