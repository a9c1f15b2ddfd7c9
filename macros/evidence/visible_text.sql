{% macro visible_text(value) -%}
    {{ return(adapter.dispatch('visible_text')(value)) }}
{%- endmacro %}

{#-
    "CL-1\u00a0": quoted, every character outside printable ASCII as its code.
    Quotes and backslashes are escaped, so that no other value looks the same.
-#}
{% macro postgres__visible_text(value) -%}
    case
        when {{ value }} is null then 'NULL'
        when {{ value }} = '' then '""'
        else '"' || (
            select
                string_agg(
                    case
                        when letters.letter in ('"', '\') then '\' || letters.letter
                        when ascii(letters.letter) between 32 and 126
                            then letters.letter
                        when ascii(letters.letter) > 65535
                            then '\U' || lpad(to_hex(ascii(letters.letter)), 8, '0')
                        else '\u' || lpad(to_hex(ascii(letters.letter)), 4, '0')
                    end,
                    '' order by letters.place
                )
            from regexp_split_to_table(left({{ value }}, 200), '')
                with ordinality as letters (letter, place)
        ) || case when length({{ value }}) > 200 then '"...' else '"' end
    end
{%- endmacro %}

{% macro spark__visible_text(value) -%}
    case
        when {{ value }} is null then 'NULL'
        when {{ value }} = '' then '""'
        else '"' || array_join(
            transform(
                sequence(1, least(200, length({{ value }}))),
                place -> case
                    when substring({{ value }}, place, 1) in (r'"', r'\')
                        then r'\' || substring({{ value }}, place, 1)
                    when ascii(substring({{ value }}, place, 1)) between 32 and 126
                        then substring({{ value }}, place, 1)
                    when ascii(substring({{ value }}, place, 1)) > 65535
                        then r'\U'
                            || lower(lpad(hex(ascii(substring({{ value }}, place, 1))), 8, '0'))
                    else r'\u'
                        || lower(lpad(hex(ascii(substring({{ value }}, place, 1))), 4, '0'))
                end
            ),
            ''
        ) || case when length({{ value }}) > 200 then '"...' else '"' end
    end
{%- endmacro %}
