{#-
    On-run-start: what the graph alone shows of the doctrine, so that a bare
    `dbt build` is guarded too. Only a Jinja raise stops a build here. The full
    proof, of every path and every face, is `outreach prove`.
-#}
{% macro check_project_graph() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') -%}
        {%- set findings = graph_findings(graph.nodes) -%}
        {%- if findings -%}
            {{ exceptions.raise_compiler_error(
                'The project breaks the identity doctrine:\n  ' ~ findings | join('\n  ')
                ~ '\n`outreach prove` says more.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Returns one line a finding, '[IDnnn] where: what'. Takes the nodes of a graph, so that it can be tested. -#}
{% macro graph_findings(nodes) -%}
    {%- set findings = [] -%}
    {%- set tests = {} -%}
    {%- for test in nodes.values() if test.resource_type == 'test' and test.attached_node -%}
        {%- do tests.setdefault(test.attached_node, []).append(test) -%}
    {%- endfor -%}
    {%- for node in nodes.values() -%}
        {%- do findings.extend(readers_of_cl(node)) -%}
        {%- if node.resource_type == 'test' -%}
            {%- do findings.extend(weakened_test(node)) -%}
        {%- elif node.resource_type == 'model' -%}
            {%- do findings.extend(forbidden_columns(node)) -%}
            {%- do findings.extend(missing_gates(node, tests.get(node.unique_id, []))) -%}
            {%- do findings.extend(unattached_model(node)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro %}

{#- ID004: only company_target's folder reads CL, and only staging calls source(). -#}
{% macro readers_of_cl(node) -%}
    {%- set findings = [] -%}
    {%- set path = node.original_file_path -%}
    {%- set may_read_cl = path.startswith('models/company_target/')
        or path.startswith('models/staging/cl/')
        or node.attached_node == 'model.' ~ project_name ~ '.company_target' -%}
    {%- for parent in node.depends_on.nodes -%}
        {%- set is_cl = parent.startswith('source.' ~ project_name ~ '.cl.')
            or '.stg_cl__' in parent -%}
        {%- if is_cl and not may_read_cl -%}
            {%- do findings.append('[ID004] ' ~ path ~ ': ' ~ node.name ~ ' reads '
                ~ parent.split('.')[-1] ~ '. Only company_target reads CL.') -%}
        {%- elif parent.startswith('source.') and node.resource_type != 'test'
            and not path.startswith('models/staging/') -%}
            {%- do findings.append('[ID004] ' ~ path ~ ': ' ~ node.name ~ ' reads the source '
                ~ parent.split('.')[-1] ~ '. Only staging calls source().') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro %}

{#- ID007 and ID014: columns that must not exist, by name. -#}
{% macro forbidden_columns(node) -%}
    {%- set findings = [] -%}
    {%- set path = node.original_file_path -%}
    {%- set local = ['target_id', 'campaign_id', 'sequence_id', 'outreach_status'] -%}
    {%- for column in node.columns if not path.startswith('models/staging/') -%}
        {%- if modules.re.search(
            'lifecycle|promot|sales_ready|client_eligible|_qualified', column
        ) -%}
            {%- do findings.append('[ID007] ' ~ path ~ ': ' ~ node.name ~ '.' ~ column
                ~ ' is a lifecycle column. Outreach signals, CL decides.') -%}
        {%- elif path.startswith('models/outbound/') and column in local -%}
            {%- do findings.append('[ID014] ' ~ path ~ ': ' ~ node.name ~ '.' ~ column
                ~ ' means nothing outside Outreach and may not leave it.') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro %}

{#- ID010: a test of identity may not be warned, filtered, limited or given a threshold. -#}
{% macro weakened_test(test) -%}
    {%- set findings = [] -%}
    {%- set config = test.config -%}
    {%- if config.meta.get('gate') or test.column_name in ('company_unique_id', 'target_id') -%}
        {%- for setting, is_weak in {
            'severity': config.severity | lower != 'error',
            'where': config.where is not none,
            'limit': config.limit is not none,
            'warn_if': config.warn_if != '!= 0',
            'error_if': config.error_if != '!= 0',
            'fail_calc': config.fail_calc != 'count(*)',
        }.items() if is_weak -%}
            {%- do findings.append('[ID010] ' ~ test.original_file_path ~ ': the test ' ~ test.name
                ~ ' sets ' ~ setting ~ '. A gate of identity stays armed.') -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(findings) }}
{%- endmacro %}

{#- ID010: the contract, constraints and tests that each kind of model owes. -#}
{% macro missing_gates(node, tests) -%}
    {%- set findings = [] -%}
    {%- set owed = [] -%}
    {%- set path = node.original_file_path -%}
    {%- set identity = ['company_unique_id', 'target_id'] | select('in', node.columns) | list -%}
    {%- set is_staging = path.startswith('models/staging/') -%}
    {%- set found = [] -%}
    {%- for test in tests -%}
        {%- do found.append((test.test_metadata or {}).get('name', test.name)
            ~ '(' ~ (test.column_name or '') ~ ')') -%}
    {%- endfor -%}

    {%- if identity and not node.config.contract.enforced -%}
        {%- do findings.append('[ID010] ' ~ path ~ ': ' ~ node.name ~ ' has no enforced contract.') -%}
    {%- endif -%}
    {%- if identity and is_staging and not path.startswith('models/staging/cl/') -%}
        {%- do owed.append('identity_gate()') -%}
    {%- elif node.name == 'company_target' -%}
        {%- do owed.extend(['targets_stand()', 'unique(target_id)', 'unique(company_unique_id)']) -%}
    {%- elif path.split('/')[1] in ('people', 'dol', 'blog', 'execution', 'marts')
        and node.config.materialized in ('table', 'incremental') -%}
        {%- for column in identity -%}
            {%- do owed.extend(['not_null(' ~ column ~ ')', 'relationships(' ~ column ~ ')']) -%}
            {%- if 'not_null' not in node.columns[column].constraints | map(attribute='type')
                and 'primary_key' not in node.columns[column].constraints | map(attribute='type') -%}
                {%- do findings.append('[ID010] ' ~ path ~ ': ' ~ node.name ~ '.' ~ column
                    ~ ' has no not_null constraint at the level of the column.') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if identity and not node.constraints | selectattr('type', 'equalto', 'foreign_key')
            | selectattr('columns', 'equalto', ['target_id', 'company_unique_id']) | list -%}
            {%- do findings.append('[ID010] ' ~ path ~ ': ' ~ node.name ~ ' has no foreign key'
                ~ ' (target_id, company_unique_id) onto company_target.') -%}
        {%- endif -%}
    {%- endif -%}
    {%- for test in owed if test not in found -%}
        {%- do findings.append('[ID010] ' ~ path ~ ': ' ~ node.name ~ ' lacks the test ' ~ test ~ '.') -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro %}

{#- ID012: four sub-hubs, and every model in a hub attached to Company Target. -#}
{% macro unattached_model(node) -%}
    {%- set findings = [] -%}
    {%- set path = node.original_file_path -%}
    {%- set folder = path.split('/')[1] -%}
    {%- if node.package_name != project_name -%}
    {%- elif folder not in ('staging', 'company_target', 'people', 'dol', 'blog',
        'execution', 'marts', 'outbound') -%}
        {%- do findings.append('[ID012] ' ~ path ~ ': there are four sub-hubs (company_target,'
            ~ ' people, dol, blog), and models/' ~ folder ~ ' is none of them.') -%}
    {%- elif folder in ('people', 'dol', 'blog', 'execution') -%}
        {%- for column in ('target_id', 'company_unique_id') if column not in node.columns -%}
            {%- do findings.append('[ID012] ' ~ path ~ ': ' ~ node.name ~ ' has no ' ~ column
                ~ ', and so is not attached to Company Target.') -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(findings) }}
{%- endmacro %}
