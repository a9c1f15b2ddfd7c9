{#-
    The foreign keys between the marts of one schema that this run built: for
    every `relationships` test that ties one to the key of another. Tools for BI
    find their joins by them. The test has just passed, so Postgres need not look
    again (not valid); what a build of changed companies writes there, it checks.
    Where one end was carried over from an earlier version, it is a view there,
    which can have no key.
-#}
{% macro published_keys(schema, nodes, built) -%}
    {%- set statements = [] -%}
    {%- set marts = {} -%}
    {%- for node in nodes if node.unique_id in built -%}
        {%- do marts.update({node.unique_id: node}) -%}
    {%- endfor -%}
    {%- for test in graph.nodes.values()
        if test.resource_type == 'test'
        and test.attached_node in marts
        and (test.test_metadata or {}).get('name') == 'relationships' -%}
        {%- for parent in test.depends_on.nodes
            if parent in marts and parent != test.attached_node
            and marts[parent].config.materialized != 'view'
            and is_key(marts[parent], test.test_metadata.kwargs.field) -%}
            {%- do statements.append(
                'alter table ' ~ schema ~ '.' ~ marts[test.attached_node].alias
                ~ ' add foreign key (' ~ test.column_name ~ ') references '
                ~ schema ~ '.' ~ marts[parent].alias
                ~ ' (' ~ test.test_metadata.kwargs.field ~ ') not valid;'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(statements | sort) }}
{%- endmacro %}
