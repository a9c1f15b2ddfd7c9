{% macro is_placeholder(value) -%}
    {{ return(adapter.dispatch('is_placeholder')(value)) }}
{%- endmacro %}

{#-
    Words may stand between punctuation: <null>, #N/A, (none). The alternative
    of zeros and punctuation is also the id that is blank or all invisible.
    Plain ASCII that begins none of them is told apart first, since to look for
    them takes thirty times as long: what has another first letter or digit, what
    begins with zeros and goes on, and a UUID that begins with a D.
-#}
{% macro postgres__is_placeholder(value) -%}
    {%- set sign = '[!-/:-@\\[-`{-~\\u2010-\\u2015\\u2026\\u2212]' -%}
    (
        {{ value }} is null
        or {{ value }} !~ (
            '^[!-/:-@\[-`{-~]*'
            || '([1-9A-CE-LOQ-SVWYZa-ce-loq-svwyz]|[Dd][0-9A-CFa-cf]'
            || '|0[0!-/:-@\[-`{-~]*[1-9A-Za-z])[!-~]*$'
        )
        and {{ normalised(without_invisibles(value)) }} ~* (
            '^{{ sign }}*('
            || '(unknown|pending|placeholder|dummy|missing|unassigned)'
            || '({{ sign }}.*|[0-9]+|company|account|client|customer|id)?'
            || '|n/?a|n\.a|null|nil|none|nan|undefined|default|tbd|tba|todo'
            || '|not[-_]?(available|applicable|assigned|known|found)'
            || '|x{2,}'
            || '|(0|{{ sign }})*'
            || '){{ sign }}*$'
        )
    )
{%- endmacro %}

{#- The same words; Java's expressions want to be told of case and of Unicode. -#}
{% macro spark__is_placeholder(value) -%}
    {%- set sign = '[!-/:-@\\[-`{-~\\u2010-\\u2015\\u2026\\u2212]' -%}
    (
        {{ value }} is null
        or {{ normalised(without_invisibles(value)) }} rlike (
            r'(?iu)^{{ sign }}*('
            || r'(unknown|pending|placeholder|dummy|missing|unassigned)'
            || r'({{ sign }}.*|[0-9]+|company|account|client|customer|id)?'
            || r'|n/?a|n\.a|null|nil|none|nan|undefined|default|tbd|tba|todo'
            || r'|not[-_]?(available|applicable|assigned|known|found)'
            || r'|x{2,}'
            || r'|(0|{{ sign }})*'
            || r'){{ sign }}*$'
        )
    )
{%- endmacro %}
