{#-
    On-run-end: writes the wrong rows of every gate that failed into the
    evidence table, in a transaction of its own. Gates that dbt skipped, because
    something upstream of them failed, are run here: all wrong rows of a run are
    listed, not only the first found. It raises nothing; dbt has failed already.
-#}
{% macro record_identity_failures(results) -%}
    {%- if execute and flags.WHICH in ('build', 'test') -%}
        {%- for result in results
            if result.node.resource_type == 'test'
            and result.node.config.meta.get('gate') -%}
            {%- if result.status == 'fail' -%}
                {%- do store_failures_of(result.node.compiled_code) -%}
            {%- elif result.status == 'skipped' -%}
                {%- set gate_sql = skipped_gate_sql(result.node) -%}
                {%- if gate_sql -%}
                    {%- do store_failures_of(gate_sql) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#-
    The query of a gate that dbt skipped, or '' where it reads what this run did
    not build. A gate of landed records waits for company_target; where that was
    not built, the companies that CL holds now are known too.
-#}
{% macro skipped_gate_sql(test) -%}
    {%- set kwargs = test.test_metadata.kwargs -%}
    {%- set targets = named_relation('company_target') -%}
    {%- set companies = named_relation('stg_cl__companies') -%}
    {%- if test.test_metadata.name == 'targets_stand' -%}
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

{% macro named_relation(model_name) -%}
    {{ return(node_relation(graph.nodes['model.' ~ project_name ~ '.' ~ model_name])) }}
{%- endmacro %}

{% macro store_failures_of(gate_sql) -%}
    {%- call statement('store_failures', auto_begin=true) -%}
    insert into {{ audit_relation('identity_failures') }} (
        invocation_id, source_table, record_key, code, column_name,
        offending_value, expected, failure_count
    )
    select
        '{{ invocation_id }}',
        source_table,
        record_key,
        code,
        column_name,
        {{ visible_text('offending_value') }},
        expected,
        failure_count
    from (
        select
            gate.*,
            count(*) over (partition by code) as failure_count,
            row_number() over (
                partition by code order by record_key, column_name
            ) as failure_rank
        from ({{ gate_sql }}) as gate
    ) as ranked
    where failure_rank <= {{ var('evidence_limit') }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
{%- endmacro %}
