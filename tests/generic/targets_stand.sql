{% test targets_stand(model, companies) %}
    {{ config(group='company_target', meta={'gate': true}) }}
    {{ targets_stand_sql(targets=model, companies=companies) }}
{% endtest %}
