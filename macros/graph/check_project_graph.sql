{#-
    On-run-start: what the graph alone shows of the doctrine, so that a bare
    `dbt build` is guarded too. Only a Jinja raise stops a build here. The full
    proof, of every path and every face, is `outreach prove`.
-#}
{% macro check_project_graph() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test', 'seed', 'snapshot') -%}
        {%- set findings = graph_findings(graph.nodes) -%}
        {%- if flags.STORE_FAILURES -%}
            {%- do findings.append(
                '[ID099] --store-failures keeps rows with ids outside the schemas of the hub;'
                ~ ' `outreach failures` lists those of every gate.'
            ) -%}
        {%- endif -%}
        {%- if findings -%}
            {{ exceptions.raise_compiler_error(
                'The project breaks the identity doctrine:\n  ' ~ findings | join('\n  ')
                ~ '\n`outreach prove` says more.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
