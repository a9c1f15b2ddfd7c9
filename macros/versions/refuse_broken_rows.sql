{#-
    Raises where a table breaks its model's constraints, with the rows in the
    evidence table: Spark enforces none. A contract's constraints are checked where
    the contract is enforced, as on Postgres.
-#}
{% macro refuse_broken_rows(node, table) -%}
    {%- set broken_sql = broken_rows_sql(node, table) -%}
    {%- if broken_sql -%}
        {%- set found = run_query(
            'select code, column_name, count(*) from (' ~ broken_sql ~ ') as broken'
            ~ ' group by code, column_name order by code desc, column_name'
        ).rows -%}
        {%- set said = [] -%}
        {%- for row in found -%}
            {%- do said.append(
                ('[' ~ row[0] ~ '] ' if row[0] else '') ~ row[2] ~ ' of ' ~ row[1]
            ) -%}
        {%- endfor -%}
        {%- if said -%}
            {%- do store_failures_of(
                'select * from (' ~ broken_sql ~ ") as broken where code <> ''"
            ) -%}
            {{ exceptions.raise_compiler_error(
                node.name ~ ' breaks its constraints, and was not put in the place of the'
                ~ ' version before: ' ~ said | join('; '), node
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
