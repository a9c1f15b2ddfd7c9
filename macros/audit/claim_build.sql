{#-
    Whether this build may go on: it has put its claim on the hub, or taken over
    one whose maker was killed, for no other dbt of this role is connected.
-#}
{% macro claim_build(hub) -%}
    {%- call statement('claim', fetch_result=true, auto_begin=true) -%}
        insert into {{ audit_relation('build_claims') }} as claims (hub, invocation_id)
        values ('{{ hub }}', '{{ invocation_id }}')
        on conflict (hub) do update
        set invocation_id = excluded.invocation_id, claimed_at = now()
        where not exists (
            select from pg_stat_activity
            where
                application_name = 'dbt'
                and usename = current_user
                and datname = current_database()
                and pid <> pg_backend_pid()
        )
        returning invocation_id
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{ return(load_result('claim').data | length > 0) }}
{%- endmacro %}
