{#-
    Overrides dbt, which asks this before a clone drops or makes anything. On Postgres
    a clone is a view of another hub's table: another hub's targets, shown as this
    one's, in the place of what this one has.
-#}
{% macro can_clone_table() -%}
    {{ exceptions.raise_compiler_error(
        '[ID009] dbt clone would show the targets of another hub as those of this one. Give'
        ~ ' this hub the same targets (`outreach targets export` there, `outreach targets'
        ~ ' import` here), and build it.'
    ) }}
{%- endmacro %}
