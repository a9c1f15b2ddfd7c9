{% macro is_placeholder(value) -%}
    {{ return(adapter.dispatch('is_placeholder')(value)) }}
{%- endmacro %}

{#- The first alternative, empty, is the id that is blank or all invisible. -#}
{% macro postgres__is_placeholder(value) -%}
    (
        {{ value }} is null
        or {{ without_invisibles(value) }} ~* (
            '^('
            || '|(unknown|pending|placeholder|dummy|missing|unassigned)'
            || '([-_ .:#].*|[0-9]+)?'
            || '|n/?a|n\.a\.?|null|nil|none|nan|undefined|default|tbd|tba|todo'
            || '|not[-_ ]?(available|applicable|assigned|known|found)'
            || '|[-_.?*#]+|x{2,}|0+'
            || '|0{8}-0{4}-0{4}-0{4}-0{12}'
            || ')$'
        )
    )
{%- endmacro %}
