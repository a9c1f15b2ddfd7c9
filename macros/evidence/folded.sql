{% macro folded(value) -%}
    {{ return(adapter.dispatch('folded')(value)) }}
{%- endmacro %}

{#-
    Only to tell a reader which id a refused value resembles. The letters are
    those Cyrillic and Greek ones that look Latin in either case, and dashes.
-#}
{% macro postgres__folded(value) -%}
    ltrim(
        translate(
            lower(normalize({{ without_invisibles(value) }}, nfkc)),
            U&'\0430\0432\0441\0501\0435\043d\04bb\0456\0458\043a\04cf\043c\043e' ||
            U&'\0440\051b\0455\0442\0443\051d\0445' ||
            U&'\03b1\03b2\03b5\03b7\03b9\03ba\03bc\03bd\03bf\03c1\03c4\03c5\03c7\03b6' ||
            U&'\2010\2012\2013\2014\2015\2212',
            'abcdehhijklmo' || 'pqstywx' || 'abehikmnoptyxz' || '------'
        ),
        '0'
    )
{%- endmacro %}
