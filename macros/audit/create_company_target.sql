{#-
    The anchor is created once, empty, with its constraints. Where it is gone
    although targets were given, it is not minted afresh: every record, report
    and message that carries a target_id would silently mean another company.
    A run that does not select it creates none, so that --defer finds the one
    that stands elsewhere.
-#}
{% macro create_company_target() -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.company_target'] -%}
    {%- set relation = node_relation(node) -%}
    {%- if adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
        {{ return('') }}
    {%- endif -%}
    {%- set given = run_query(
        'select count(*) from ' ~ audit_relation('target_registry')
    ).rows[0][0] -%}
    {%- set orphans = [] -%}
    {%- for child in graph.nodes.values()
        if child.resource_type == 'model' and node.unique_id in child.depends_on.nodes
        and child.config.materialized in ('table', 'incremental')
        and 'target_id' in child.columns and 'company_unique_id' in child.columns -%}
        {%- if adapter.get_relation(child.database, child.schema, child.alias) is not none
            and run_query('select 1 from ' ~ node_relation(child) ~ ' limit 1').rows -%}
            {%- do orphans.append(node_relation(child)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if given or orphans -%}
        {%- do store_failures_of(lost_targets_sql(relation, orphans)) -%}
        {{ exceptions.raise_compiler_error(
            '[ID009] ' ~ relation ~ ' is gone, but ' ~ given ~ ' targets were given'
            ~ (' and ' ~ orphans | map(attribute='identifier') | join(', ')
            ~ ' still hold records' if orphans else '')
            ~ '. Targets are never minted afresh. Restore them with'
            ~ ' `outreach targets import FILE`, or from a backup of the table.'
            ~ ' `outreach failures` lists them.'
        ) }}
    {%- endif -%}
    {%- if node.unique_id in selected_resources -%}
        {%- do make_company_target(node, relation) -%}
    {%- endif -%}
{%- endmacro %}
