{#- Turns a view to one version. It is one entry of the catalog, so that a reader
    finds the version before or this one, and never half of either. -#}
{% macro show_version(view, table) -%}
    {%- do run_query('create or replace view ' ~ view ~ ' as select * from ' ~ table) -%}
{%- endmacro %}
