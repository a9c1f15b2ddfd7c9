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
            lower({{ normalised(without_invisibles(value)) }}),
            U&'\0430\0432\0441\0501\0435\043d\04bb\0456\0458\043a\04cf\043c\043e' ||
            U&'\0440\051b\0455\0442\0443\051d\0445' ||
            U&'\03b1\03b2\03b5\03b7\03b9\03ba\03bc\03bd\03bf\03c1\03c4\03c5\03c7\03b6' ||
            U&'\2010\2012\2013\2014\2015\2212',
            'abcdehhijklmo' || 'pqstywx' || 'abehikmnoptyxz' || '------'
        ),
        '0'
    )
{%- endmacro %}

{% macro spark__folded(value) -%}
    ltrim(
        '0',
        translate(
            lower({{ normalised(without_invisibles(value)) }}),
            '\u0430\u0432\u0441\u0501\u0435\u043d\u04bb\u0456\u0458\u043a\u04cf\u043c\u043e' ||
            '\u0440\u051b\u0455\u0442\u0443\u051d\u0445' ||
            '\u03b1\u03b2\u03b5\u03b7\u03b9\u03ba\u03bc\u03bd' ||
            '\u03bf\u03c1\u03c4\u03c5\u03c7\u03b6' ||
            '\u2010\u2012\u2013\u2014\u2015\u2212',
            'abcdehhijklmo' || 'pqstywx' || 'abehikmnoptyxz' || '------'
        )
    )
{%- endmacro %}
