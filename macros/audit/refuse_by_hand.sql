{#- What a build does between its gates is not for `dbt run-operation`, which asks none. -#}
{% macro refuse_by_hand(name) -%}
    {%- if flags.WHICH == 'run-operation' -%}
        {{ exceptions.raise_compiler_error(
            '[ID010] ' ~ name ~ ' is part of a build, and proves nothing by itself. Run'
            ~ ' `outreach build`, or dbt build.'
        ) }}
    {%- endif -%}
{%- endmacro %}
