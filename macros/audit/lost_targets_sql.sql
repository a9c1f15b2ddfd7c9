{#- What the registry and the orphaned records know of targets that are gone. -#}
{% macro lost_targets_sql(targets, orphans) -%}
    select
        '{{ targets.schema }}.{{ targets.identifier }}' as source_table,
        company_unique_id as record_key,
        'ID009' as code,
        'target_id' as column_name,
        cast(null as {{ sql_type('text') }}) as offending_value,
        target_id || ', as it was given' as expected
    from (
        select target_id, company_unique_id
        from {{ audit_relation('target_registry') }}
        {%- for orphan in orphans %}

        union

        select target_id, company_unique_id
        from {{ orphan }}
        {%- endfor %}
    ) as given
{%- endmacro %}
