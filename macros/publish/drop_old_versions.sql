{#-
    Keeps the version before this one, for `outreach rollback` and for readers
    still in it. Of older ones, and of the rows that one is shown with where only
    some companies were built, tables go that no view reads any more, then the
    schemas left empty. A table that a reader holds is left for the next publish.
-#}
{% macro drop_old_versions(schemas) -%}
    {%- for schema in schemas -%}
        {%- set old = {'before': [], 'replaced': []} -%}
        {%- for name in run_query(
            "select nspname from pg_namespace where nspname ~ '^" ~ schema
            ~ "__(before|replaced)_[0-9]+$' order by length(nspname), nspname"
        ).columns[0].values() -%}
            {%- do old['before' if '__before_' in name else 'replaced'].append(name) -%}
        {%- endfor -%}
        {%- for name in old['before'][:-1] + old['replaced'] -%}
            {%- do in_own_transaction(drop_version_ddl(name)) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
