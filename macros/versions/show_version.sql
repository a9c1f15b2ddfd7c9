{#-
    Turns a view to one version, in one entry of the catalog, so that a reader finds
    the version before or this one, and never half of either. `create or replace view`
    would drop the view first: somebody would find none.
-#}
{% macro show_version(view, table) -%}
    {%- do define_view(view, 'select * from ' ~ table) -%}
{%- endmacro %}
