{#-
    In a table that is added to, a key may have been switched off for earlier rows. It
    speaks for all of them where the one transaction wrote them all and checked the
    key, after this build had put its claim on the hub: the build made the table.
-#}
{% macro checked_with_all_rows(relation) -%}
exists (
            select 1
            from {{ audit_relation('build_claims') }} as claims
            where
                claims.invocation_id = '{{ invocation_id }}'
                and age(pg_constraint.xmin) < age(claims.xmin)
        )
        and not exists (
            select 1
            from {{ relation }} as written
            where written.xmin <> pg_constraint.xmin
        )
{%- endmacro %}
