{% macro unless_referenced(query, relation, columns, to, to_columns) -%}
    {{ return(adapter.dispatch('unless_referenced')(query, relation, columns, to, to_columns)) }}
{%- endmacro %}

{% macro default__unless_referenced(query, relation, columns, to, to_columns) -%}
    {{ return(query) }}
{%- endmacro %}

{#-
    A key looks up no row that lacks one of its columns, so that none may be null.
-#}
{% macro postgres__unless_referenced(query, relation, columns, to, to_columns) -%}
    {%- set written_as = written_by_this_build_as(relation) -%}
    {%- if to is string or written_as not in ('table', 'incremental') -%}
        {{ return(query) }}
    {%- endif -%}
select *
from ({{ query }}) as failures
where not exists (
    select 1
    from pg_constraint
    where
        contype = 'f'
        and convalidated
        and conrelid = to_regclass('{{ relation.include(database=false) }}')
        and confrelid = to_regclass('{{ to.include(database=false) }}')
        and not exists (
            select 1
            from pg_attribute
            where attrelid = conrelid and attnum = any(conkey) and not attnotnull
        )
        {%- if written_as == 'incremental' %}
        and {{ checked_with_all_rows(relation) }}
        {%- endif %}
        {%- for column in columns %}
        and exists (
            select 1
            from unnest(conkey, confkey) as pair (child, parent)
            inner join pg_attribute as child_column
                on child_column.attrelid = conrelid and child_column.attnum = pair.child
            inner join pg_attribute as parent_column
                on parent_column.attrelid = confrelid and parent_column.attnum = pair.parent
            where
                child_column.attname = '{{ column }}'
                and parent_column.attname = '{{ to_columns[loop.index0] }}'
        )
        {%- endfor %}
)
{%- endmacro %}

{% macro spark__unless_referenced(query, relation, columns, to, to_columns) -%}
    {%- set checked = checked_by_this_build(relation) -%}
    {%- for key in checked.foreign_keys
        if to is not string
        and key.to == to | string
        and key.columns | reject('in', checked.not_null) | list == [] -%}
        {%- set pairs = zip(key.columns, key.to_columns) | list -%}
        {%- if zip(columns, to_columns) | reject('in', pairs) | list == [] -%}
            {{ return(known_to_hold(query)) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(query) }}
{%- endmacro %}
