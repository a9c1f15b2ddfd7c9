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
            {%- do in_transaction(drop_version_ddl(name)) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{% macro drop_version_ddl(schema) %}
    do $drop$
    declare
        relation record;
    begin
        set local lock_timeout = '100ms';
        for relation in
            select
                format('%I.%I', '{{ schema }}', relname) as name,
                case relkind when 'v' then 'view' else 'table' end as kind
            from pg_class
            where relnamespace = '{{ schema }}'::regnamespace and relkind in ('r', 'v')
            order by relkind desc
        loop
            begin
                execute format('drop %s %s restrict', relation.kind, relation.name);
            exception
                -- read by a carried-over view, or by somebody right now
                when dependent_objects_still_exist or lock_not_available then null;
            end;
        end loop;
        if not exists (
            select from pg_class
            where relnamespace = '{{ schema }}'::regnamespace and relkind in ('r', 'v')
        ) then
            drop schema {{ schema }} restrict;
        end if;
    end
    $drop$
{%- endmacro %}
