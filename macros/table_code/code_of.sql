{#-
    What decides which rows a model has, as one checksum: the SQL, columns and settings
    of it and of all models it reads, which templates may take SQL from, the macros that
    these call, what they read of vars and of the environment, and the places of the
    sources. Not the day: of a model that is added to, each row has that of its own build.
-#}
{% macro code_of(node) -%}
    {%- set parts = [] -%}
    {%- set texts = [] -%}
    {%- set macros = [] -%}
    {%- for unique_id in ancestors([node.unique_id]) -%}
        {%- if unique_id in graph.nodes -%}
            {%- set model = graph.nodes[unique_id] -%}
            {%- do parts.append(unique_id ~ ' ' ~ tojson(
                [model.columns, model.description, model.config], sort_keys=true
            )) -%}
            {%- do texts.append(model.raw_code) -%}
            {%- do macros.extend(model.depends_on.macros) -%}
        {%- else -%}
            {%- set source = graph.sources[unique_id] -%}
            {%- do parts.append(source.schema ~ '.' ~ source.identifier) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set known = {} -%}
    {%- for unused in range(outreach | length * 100) if macros -%}
        {%- set called = macros.pop() -%}
        {%- set package, name = called.split('.')[1:] -%}
        {%- if called not in known and name in context.get(package, {}) -%}
            {%- set macro = context[package][name].macro -%}
            {%- do known.update({called: true}) -%}
            {%- do texts.append(macro.macro_sql) -%}
            {%- do macros.extend(macro.depends_on.macros) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- By another name: each that is read here stands in a text, and no other part of
        the environment has to be the same for a proof to be the same. -#}
    {%- set of_environment = env_var -%}
    {%- for text in texts -%}
        {%- do parts.append(text) -%}
        {%- for name in names_read('var', text) if name != 'as_of_date' -%}
            {%- do parts.append('var ' ~ name ~ ' ' ~ tojson(var(name, none))) -%}
        {%- endfor -%}
        {%- for name in names_read('env_var', text) -%}
            {%- do parts.append('env_var ' ~ name ~ ' ' ~ of_environment(name, '')) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(local_md5(parts | sort | join('\n'))) }}
{%- endmacro %}
