{% macro refuse_clone() -%}
    {{ exceptions.raise_compiler_error(
        '[ID009] dbt clone would show the targets of another hub as those of this one. Give'
        ~ ' this hub the same targets (`outreach targets export` there, `outreach targets'
        ~ ' import` here), and build it.'
    ) }}
{%- endmacro %}
