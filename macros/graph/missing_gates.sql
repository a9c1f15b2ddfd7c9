{#- ID010: the contract, constraints and tests that each kind of model owes. -#}
{% macro missing_gates(node, tests) -%}
    {%- set findings = [] -%}
    {%- set owed = [] -%}
    {%- set path = node.original_file_path -%}
    {%- set columns = {} -%}
    {%- for column in node.columns.values() -%}
        {%- do columns.update({column.name | lower: column}) -%}
    {%- endfor -%}
    {%- set identity = ['company_unique_id', 'target_id'] | select('in', columns) | list -%}
    {%- set is_staging = path.startswith('models/staging/') -%}
    {%- set found = [] -%}
    {%- for test in tests -%}
        {%- do found.append((test.test_metadata or {}).get('name', test.name)
            ~ '(' ~ (test.column_name or '') | lower ~ ')') -%}
    {%- endfor -%}

    {%- if identity and node.config.materialized != 'ephemeral'
        and not node.config.contract.enforced -%}
        {%- do findings.append('[ID010] ' ~ path ~ ': ' ~ node.name
            ~ ' has no enforced contract.') -%}
    {%- endif -%}
    {%- set is_of_cl = path.startswith('models/staging/cl/') -%}
    {%- if identity and is_staging and not is_of_cl -%}
        {%- do owed.append('identity_gate()') -%}
    {%- elif identity and is_staging -%}
        {%- do owed.append(
            'minted_identity()' if node.name == 'stg_cl__companies' else 'minted_company()'
        ) -%}
    {%- elif node.name == 'company_target' -%}
        {%- do owed.extend([
            'targets_stand()', 'unique(target_id)', 'unique(company_unique_id)'
        ]) -%}
    {%- elif path.split('/')[1] in ('people', 'dol', 'blog', 'execution', 'marts')
        and node.config.materialized in ('table', 'incremental') -%}
        {%- for column in identity -%}
            {%- do owed.extend(['not_null(' ~ column ~ ')', 'relationships(' ~ column ~ ')']) -%}
            {%- set types = columns[column].constraints | map(attribute='type') | list -%}
            {%- if 'not_null' not in types and 'primary_key' not in types -%}
                {%- do findings.append('[ID010] ' ~ path ~ ': ' ~ node.name ~ '.' ~ column
                    ~ ' has no not_null constraint at the level of the column.') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set keys = [] -%}
        {%- for constraint in node.constraints | selectattr('type', 'equalto', 'foreign_key')
            if constraint.columns | sort | list == identity -%}
            {%- do keys.append(constraint) -%}
        {%- endfor -%}
        {%- if identity and not keys -%}
            {%- do findings.append('[ID010] ' ~ path ~ ': ' ~ node.name ~ ' has no foreign key ('
                ~ identity | reverse | join(', ') ~ ') onto company_target.') -%}
        {%- endif -%}
    {%- endif -%}
    {%- for test in owed if test not in found -%}
        {%- do findings.append('[ID010] ' ~ path ~ ': ' ~ node.name
            ~ ' lacks the test ' ~ test ~ '.') -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro %}
