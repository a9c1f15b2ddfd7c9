{#- Makes a view, or changes what one shows, without a moment in which there is none. -#}
{% macro define_view(view, query) -%}
    {%- set known = adapter.get_relation(view.database, view.schema, view.identifier) -%}
    {%- do run_query(('alter' if known else 'create') ~ ' view ' ~ view ~ ' as ' ~ query) -%}
    {%- if not known -%}
        {%- do adapter.cache_added(view.incorporate(type='view')) -%}
    {%- endif -%}
{%- endmacro %}
