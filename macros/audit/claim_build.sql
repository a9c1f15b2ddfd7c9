{#-
    Whether this build may go on: it has put its claim on the hub, or taken over
    one whose maker was killed, for no other dbt of this hub's roles is connected.
    dbt has no connection between two statements, for up to a third of a second,
    so whoever stands in the claim is looked for ten times.
-#}
{% macro claim_build(hub) -%}
    {%- set is_on -%}
        exists (
            select from pg_stat_activity
            where
                (application_name = 'dbt' or query like '/* {"app": "dbt"%')
                and datname = current_database()
                and pg_has_role(usesysid, current_user, 'member')
                and pid <> pg_backend_pid()
        )
    {%- endset -%}
    {%- if run_query(
        'select count(*) from ' ~ audit_relation('build_claims') ~ " where hub = '" ~ hub ~ "'"
    ).columns[0].values()[0] -%}
        {%- for unused in range(10) -%}
            {%- do run_query('select pg_stat_clear_snapshot(), pg_sleep(0.1)') -%}
            {%- if run_query('select ' ~ is_on).columns[0].values()[0] -%}
                {{ return(false) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- call statement('claim', fetch_result=true, auto_begin=true) -%}
        insert into {{ audit_relation('build_claims') }} as claims (hub, invocation_id)
        values ('{{ hub }}', '{{ invocation_id }}')
        on conflict (hub) do update
        set invocation_id = excluded.invocation_id, claimed_at = now()
        where not {{ is_on }}
        returning invocation_id
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{ return(load_result('claim').data | length > 0) }}
{%- endmacro %}
