{#-
    Functions that came with Postgres 16 to 18. The proof knows them as the server's
    own; on an older server they can only be somebody's.
-#}
{% macro newer_functions() -%}
    {{ return((
        'any_value array_reverse array_sample array_shuffle array_sort casefold crc32 crc32c'
        ~ ' date_add date_subtract erf erfc gamma icu_unicode_version lgamma random_normal to_bin'
        ~ ' to_oct unicode_assigned unicode_version uuid_extract_timestamp uuid_extract_version'
        ~ ' uuidv4 uuidv7 xmltext'
    ).split()) }}
{%- endmacro %}
