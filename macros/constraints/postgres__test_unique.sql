{#- Postgres evaluates such a condition first, and then reads no row for nothing. -#}
{% macro postgres__test_unique(model, column_name) -%}
    {%- set query = default__test_unique(model, column_name) -%}
    {%- if written_by_this_build_as(model) not in ('table', 'incremental') -%}
        {{ return(query) }}
    {%- endif -%}
select *
from ({{ query }}) as failures
where not exists (
    select 1
    from pg_index
    where
        indrelid = to_regclass('{{ model.include(database=false) }}')
        and indisunique
        and indisvalid
        and indimmediate
        and indpred is null
        and indexprs is null
        and array(
            select attname::text
            from pg_attribute
            where attrelid = indrelid and attnum = any(indkey[:indnkeyatts - 1])
        ) = array['{{ column_name }}']
)
{%- endmacro %}
