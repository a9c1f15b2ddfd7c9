{#-
    At most 1, which comes to the same, since Postgres takes `= 1` to keep one row in
    two hundred, and then looks the target of a million records up one by one.
-#}
{% macro one_record(relation, key, latest_by=none) -%}
    select *
    from (
        select
            records.*,
            row_number() over (
                partition by records.{{ key }}
                order by records.{{ latest_by or key }} desc nulls last
            ) as record_rank
        -- with --empty, a relation brings an alias of its own
        from (select * from {{ relation }}) as records
    ) as ranked
    where record_rank <= 1
{%- endmacro %}
