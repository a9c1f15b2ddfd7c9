{% macro audit_tables_ddl() -%}
    {%- set schema = audit_relation('any').schema %}
    create schema if not exists {{ schema }};

    -- every wrong row of every failed run, a capped sample a gate and code
    create table if not exists {{ audit_relation('identity_failures') }} (
        invocation_id text not null,
        found_at timestamptz not null default now(),
        source_table text not null,
        record_key text,
        code text not null,
        column_name text not null,
        offending_value text not null,
        expected text not null,
        failure_count bigint not null
    );
    create index if not exists identity_failures_by_time
    on {{ audit_relation('identity_failures') }} (found_at);

    -- what was minted when; rows are added and never changed
    create table if not exists {{ audit_relation('target_registry') }} (
        target_id text primary key,
        company_unique_id text not null unique,
        sequence_num bigint not null,
        first_targeted_at timestamptz not null,
        invocation_id text not null,
        registered_at timestamptz not null default now()
    );

    create or replace function {{ schema }}.refuse_change()
    returns trigger language plpgsql as $refuse$
    begin
        raise exception '[ID009] targets never change, merge, retire or move: % on % is refused',
            tg_op, tg_table_name
            using hint = 'A target stays as it was given. See outreach targets --help.';
    end
    $refuse$;

    create or replace trigger append_only
    before update or delete or truncate
    on {{ audit_relation('target_registry') }}
    for each statement execute function {{ schema }}.refuse_change();

    -- what was published when, newest last
    create table if not exists {{ audit_relation('publications') }} (
        publication_id bigint generated always as identity primary key,
        invocation_id text not null,
        published_at timestamptz not null default now(),
        models text[] not null
    );

    -- the build that is on, so that a second one can refuse
    create table if not exists {{ audit_relation('build_claims') }} (
        hub text primary key,
        invocation_id text not null,
        claimed_at timestamptz not null default now()
    );

    -- the state that the last whole build left, so that the next one can tell
    -- whether anything has changed; written by the runner
    create table if not exists {{ audit_relation('last_build') }} (
        hub text primary key,
        invocation_id text not null,
        built_at timestamptz not null default now(),
        sources text[] not null,
        state jsonb not null
    );

    -- which code has made a table that is added to, newest last
    create table if not exists {{ audit_relation('table_code') }} (
        table_id text not null,
        code text not null,
        invocation_id text not null,
        written_at timestamptz not null
    );
{%- endmacro %}
