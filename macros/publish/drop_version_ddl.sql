{% macro drop_version_ddl(schema) %}
    do $drop$
    declare
        relation record;
        dropped bool := true;
    begin
        set local lock_timeout = '100ms';
        -- again while any goes: a table goes after those whose keys refer to it
        while dropped loop
            dropped := false;
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
                    dropped := true;
                exception
                    -- read by a carried-over view, or by somebody right now
                    when dependent_objects_still_exist or lock_not_available then null;
                end;
            end loop;
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
