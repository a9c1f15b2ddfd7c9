{#- Unicode's compatibility form (NFKC): full-width letters and the like as plain ones. -#}
{% macro normalised(value) -%}
    {{ return(adapter.dispatch('normalised')(value)) }}
{%- endmacro %}

{% macro postgres__normalised(value) -%}
    normalize({{ value }}, nfkc)
{%- endmacro %}

{#-
    Spark has no function for it; ICU, which Spark stands on for its collations, does.
    It is never asked about null, which its method would not take: the condition alone
    does not keep Spark from working the value out in advance.
-#}
{% macro spark__normalised(value) -%}
    case
        when {{ value }} is not null
            then reflect('com.ibm.icu.text.Normalizer', 'compose', coalesce({{ value }}, ''), true)
    end
{%- endmacro %}
