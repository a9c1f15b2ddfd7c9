{#-
    Returns one line a finding, '[IDnnn] where: what'. Takes the nodes of a
    graph, so that it can be tested.
-#}
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
        {%- elif node.resource_type in ('seed', 'snapshot') -%}
            {%- do findings.append('[ID012] ' ~ node.original_file_path ~ ': a '
                ~ node.resource_type ~ ' is in no room of this project.') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(findings) }}
{%- endmacro %}
