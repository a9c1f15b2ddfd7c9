{#-
    The query of a gate of landed records, or of targets_stand, that dbt
    skipped; '' of any other, and where it reads what this run did not build. A
    gate of landed records waits for company_target; where that was not built,
    the companies that CL holds now are known too.
-#}
{% macro skipped_gate_sql(test) -%}
    {%- set kwargs = test.test_metadata.kwargs -%}
    {%- set targets = named_relation('company_target') -%}
    {%- set companies = named_relation('stg_cl__companies') -%}
    {%- set reads = [targets, companies] -%}
    {%- for parent in test.depends_on.nodes if parent in graph.nodes -%}
        {%- do reads.append(node_relation(graph.nodes[parent])) -%}
    {%- endfor -%}
    {%- if not all_exist(reads) -%}
        {{ return('') }}
    {%- elif test.test_metadata.name == 'targets_stand' -%}
        {{ return(targets_stand_sql(targets, companies)) }}
    {%- elif test.test_metadata.name == 'identity_gate' -%}
        {%- set belongs_to = [] -%}
        {%- for parent in kwargs.get('belongs_to', []) -%}
            {%- do belongs_to.append({
                'column': parent.column,
                'relation': named_relation(parent.relation.split("'")[1]),
            }) -%}
        {%- endfor -%}
        {{ return(identity_gate_sql(
            records=node_relation(graph.nodes[test.attached_node]),
            targets=targets,
            known='(select company_unique_id from ' ~ targets
                ~ ' union select company_unique_id from ' ~ companies
                ~ ' where true ' ~ and_admitted('identity_status') ~ ') as minted',
            landed_table=var('raw_schema') ~ '.' ~ kwargs.landed_table,
            key=kwargs.key,
            version=kwargs.get('version'),
            has_target_id=kwargs.get('has_target_id', false),
            belongs_to=belongs_to,
        )) }}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}
