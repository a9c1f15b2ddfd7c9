{#-
    Two builds at once would swap each other's tables away. The runner holds an
    advisory lock for the whole of its build (scripts/outreach_hub/build_lock.py)
    and names its backend to its own dbt; any other dbt refuses while it is held.
    dbt keeps no connection of its own for a whole build, so that two bare builds
    are kept apart by a claim.
-#}
{% macro refuse_concurrent_build() -%}
    {{ return(adapter.dispatch('refuse_concurrent_build')()) }}
{%- endmacro %}

{% macro default__refuse_concurrent_build() -%}
    {{ return('') }}
{%- endmacro %}

{% macro postgres__refuse_concurrent_build() -%}
    {%- set hub = hub_schema('outreach', target.schema) -%}
    {%- for holder in build_lock_holders(hub)
        if holder != env_var('OUTREACH_BUILD_LOCK_HOLDER', '') -%}
        {{ exceptions.raise_compiler_error(
            'Another build is on (server process ' ~ holder ~ '). Wait for it to'
            ~ ' end, or use `outreach build`, which waits by itself.'
        ) }}
    {%- endfor -%}
    {%- if flags.WHICH in ('build', 'run') and not claim_build(hub) -%}
        {{ exceptions.raise_compiler_error(
            'Another build is on. Wait for it to end. If there is none, some other'
            ~ ' dbt of this role is connected after a killed build: end it, or'
            ~ ' delete from ' ~ audit_relation('build_claims') ~ '.'
        ) }}
    {%- endif -%}
{%- endmacro %}

{#-
    In one process whoever has the catalog open is alone. At an endpoint two builds
    would mint the same targets twice: a claim keeps them apart, a view, which the
    catalog lets one of them make.
-#}
{% macro spark__refuse_concurrent_build() -%}
    {%- if is_endpoint() and flags.WHICH in ('build', 'run') -%}
        {%- set claim = audit_relation('build_claim') -%}
        {%- if claim_holder() -%}
            {{ exceptions.raise_compiler_error(
                'Another build is on. Wait for it to end. If there is none, one was killed:'
                ~ ' drop view ' ~ claim
            ) }}
        {%- endif -%}
        {%- do run_query(
            'create view ' ~ claim ~ " as select '" ~ invocation_id ~ "' as invocation_id"
        ) -%}
    {%- endif -%}
{%- endmacro %}
