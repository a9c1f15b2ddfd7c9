{#- What did not pass in a run, in one line; '' where all did. -#}
{% macro first_failure(results) -%}
    {%- for result in results
        if result.status in ('error', 'fail', 'runtime error', 'skipped', 'partial success') -%}
        {{ return(node_label(result.node) ~ ' did not pass (' ~ result.status ~ ')') }}
    {%- endfor -%}
    {{ return('') }}
{%- endmacro %}
