{#- On-run-end, last: the next build may start. -#}
{% macro release_build() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {{ return(adapter.dispatch('release_build')()) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__release_build() -%}
    {{ return('') }}
{%- endmacro %}

{% macro postgres__release_build() -%}
    {%- do in_own_transaction(
        'delete from ' ~ audit_relation('build_claims')
        ~ " where invocation_id = '" ~ invocation_id ~ "'"
    ) -%}
{%- endmacro %}

{% macro spark__release_build() -%}
    {%- set claim = audit_relation('build_claim') -%}
    {%- if env_var('SPARK_REMOTE', '') and run_query(
        'show views in ' ~ claim.schema ~ " like '" ~ claim.identifier ~ "'"
    ).rows -%}
        {%- set holder = run_query('select invocation_id from ' ~ claim).rows[0][0] -%}
        {%- if holder == invocation_id -%}
            {%- do run_query('drop view ' ~ claim) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
