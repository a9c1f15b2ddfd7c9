{% test unique_combination_of_columns(
    model, combination_of_columns, quote_columns=false
) %}

    {%- set columns = [] -%}
    {%- for column in combination_of_columns -%}
        {%- do columns.append(
            adapter.quote(column) if quote_columns else column
        ) -%}
    {%- endfor -%}
    {%- set columns = columns | join(", ") -%}

    {#- group by takes nulls for equal, so that two rows with nulls in the same
        columns, alike in the others, are duplicates. -#}
    select {{ columns }}
    from {{ model }}
    group by {{ columns }}
    having count(*) > 1

{% endtest %}
