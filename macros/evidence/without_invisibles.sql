{% macro without_invisibles(value) -%}
    {{ return(adapter.dispatch('without_invisibles')(value)) }}
{%- endmacro %}

{#-
    White space and the characters that show nothing: controls, no-break and
    other Unicode spaces, and all that Unicode calls default ignorable, such as
    soft hyphen, zero-width and direction marks, variation selectors, tags, BOM.
-#}
{% macro postgres__without_invisibles(value) -%}
    regexp_replace(
        {{ value }},
        '[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4'
        || '\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800'
        || '\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb'
        || '\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+',
        '',
        'g'
    )
{%- endmacro %}

{% macro spark__without_invisibles(value) -%}
    regexp_replace(
        {{ value }},
        r'[\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4' ||
        r'\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800' ||
        r'\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb' ||
        r'\x{1bca0}-\x{1bca3}\x{1d173}-\x{1d17a}\x{e0000}-\x{e0fff}]+',
        ''
    )
{%- endmacro %}
