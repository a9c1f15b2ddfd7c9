{#-
    Keeps the version before this one, for `outreach rollback` and for readers
    still in it. Of older ones, tables go that no view reads any more, then the
    schemas left empty. A table that a reader holds is left for the next publish.
-#}
{% macro drop_old_versions(schemas, version) -%}
    {%- for schema in schemas -%}
        {%- set old = run_query(
            "select nspname from pg_namespace where nspname ~ '^" ~ schema ~ "__before_[0-9]+$'"
            ~ " order by length(nspname), nspname"
        ).columns[0].values() | list -%}
        {%- for name in old[:-1] -%}
            {%- do in_own_transaction(drop_version_ddl(name)) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
