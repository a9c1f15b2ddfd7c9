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
    {%- if is_endpoint() and claim_holder() == invocation_id -%}
        {%- do run_query('drop view ' ~ audit_relation('build_claim')) -%}
    {%- endif -%}
{%- endmacro %}
