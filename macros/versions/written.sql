{#-
    The table that this run writes for a relation, for hooks that look at it before
    anybody else can. On Postgres it is the relation, in a transaction that is
    still open; on Spark its next version, which no view shows yet.
-#}
{% macro written(relation) -%}
    {{ return(adapter.dispatch('written')(relation)) }}
{%- endmacro %}

{% macro default__written(relation) -%}
    {{ return(relation) }}
{%- endmacro %}

{% macro spark__written(relation) -%}
    {{ return(version_relation(relation)) }}
{%- endmacro %}
