{% test identity_gate(
    model, landed_table, key, version=none, has_target_id=false, belongs_to=[]
) %}
    {{ config(meta={'gate': true}) }}
    {{ identity_gate_sql(
        records=model,
        targets=ref('company_target'),
        known=ref('company_target'),
        landed_table=var('raw_schema') ~ '.' ~ landed_table,
        key=key,
        version=version,
        has_target_id=has_target_id,
        belongs_to=belongs_to,
    ) }}
{% endtest %}
