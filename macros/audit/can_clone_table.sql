{#-
    Overrides dbt, which asks this before a clone drops or makes anything. On Postgres
    a clone is a view of another hub's table: another hub's targets, shown as this
    one's, in the place of what this one has.
-#}
{% macro postgres__can_clone_table() -%}
    {{ refuse_clone() }}
{%- endmacro %}

{% macro spark__can_clone_table() -%}
    {{ refuse_clone() }}
{%- endmacro %}
