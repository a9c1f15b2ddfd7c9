{#-
    What decides which rows a model has, as one checksum: its SQL and that of all
    models it reads, this project's macros that these call, and the places of the
    sources. Not the vars: what is proved holds for each of their values.
-#}
{% macro code_of(node) -%}
    {%- set parts = [] -%}
    {%- set macros = [] -%}
    {%- for unique_id in ancestors([node.unique_id]) -%}
        {%- if unique_id in graph.nodes -%}
            {%- set model = graph.nodes[unique_id] -%}
            {%- do parts.append(unique_id ~ ' ' ~ model.checksum.checksum) -%}
            {%- do macros.extend(model.depends_on.macros) -%}
        {%- else -%}
            {%- set source = graph.sources[unique_id] -%}
            {%- do parts.append(source.schema ~ '.' ~ source.identifier) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set known = {} -%}
    {%- for unused in range(outreach | length * 100) if macros -%}
        {%- set called = macros.pop() -%}
        {%- set name = called.split('.') | last -%}
        {%- if called not in known and called.startswith('macro.' ~ project_name ~ '.') -%}
            {%- set macro = outreach[name].macro -%}
            {%- do known.update({called: true}) -%}
            {%- do parts.append(called ~ ' ' ~ macro.macro_sql) -%}
            {%- do macros.extend(macro.depends_on.macros) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(local_md5(parts | sort | join('\n'))) }}
{%- endmacro %}
