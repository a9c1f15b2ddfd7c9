{#-
    The SQL of company_target compares each column of context with that of the
    targets given, so that one which its YAML has gained has to be there, null, before
    dbt runs that SQL: on_schema_change comes after it. What is minted with a target
    is never added: none of those given would have it.
-#}
{% macro add_context_columns() -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.company_target'] -%}
    {%- set relation = node_relation(node) -%}
    {%- if node.unique_id in selected_resources
        and adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
        {%- set known = run_query('select * from ' ~ relation ~ ' limit 0').column_names
            | map('lower') | list -%}
        {%- set minted = [
            'target_id', 'company_unique_id', 'sequence_num', 'first_targeted_at'
        ] -%}
        {%- set gained = [] -%}
        {%- for column in node.columns.values()
            if column.name | lower not in known + minted -%}
            {%- do gained.append(column) -%}
        {%- endfor -%}
        {%- if gained -%}
            {%- do add_columns(node, relation, gained) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
