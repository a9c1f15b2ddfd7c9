{% macro next_anniversary(day) -%}
    {%- set years -%}
        greatest(
            cast(
                extract(year from {{ as_of_date() }})
                - extract(year from {{ day }}) as integer
            ),
            0
        )
    {%- endset -%}
    {%- set this_year = months_later(day, '12 * ' ~ years) -%}
    {%- set next_year = months_later(day, '12 * (' ~ years ~ ' + 1)') -%}
    case
        when {{ this_year }} >= {{ as_of_date() }} then {{ this_year }}
        else {{ next_year }}
    end
{%- endmacro %}
