{% test accepted_range(
    model, column_name, min_value=none, max_value=none, inclusive=true
) %}

    {%- set or_equal = "=" if inclusive else "" -%}
    {%- set inside = [] -%}
    {%- if min_value is not none -%}
        {%- do inside.append([column_name, ">" ~ or_equal, min_value]) -%}
    {%- endif -%}
    {%- if max_value is not none -%}
        {%- do inside.append([column_name, "<" ~ or_equal, max_value]) -%}
    {%- endif -%}

    {#- A null is inside every range: what must not be null says so in a test
        of its own. -#}
    select *
    from {{ model }}
    where not ({{ inside | map("join", " ") | join(" and ") or "true" }})

{% endtest %}
