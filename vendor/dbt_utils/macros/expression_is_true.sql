{% test expression_is_true(model, expression, column_name=none) %}

    {#- On a column, the expression is the part that follows its name. An
        expression that comes to null is not counted as false. -#}
    select *
    from {{ model }}
    where not ({{ column_name or "" }} {{ expression }})

{% endtest %}
