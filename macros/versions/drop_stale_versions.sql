{#-
    Drops the versions that nobody reads any more, those of failed and killed runs
    too. Of what is published the version before is kept as well, for readers still
    in it. Only after a publish: until all has passed, any version may be wanted.
-#}
{% macro drop_stale_versions() -%}
    {%- set published = {} -%}
    {%- set schemas = {} -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.config.materialized in ('table', 'incremental') -%}
        {%- do schemas.update({node.schema: true}) -%}
    {%- endfor -%}
    {%- for node in publishable_models().values() -%}
        {%- set schema = published_relation(node).schema -%}
        {%- if schema not in published -%}
            {%- do published.update({schema: versions_in(schema).shown}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for schema in schemas -%}
        {%- set found = versions_in(schema) -%}
        {%- for name, versions in found.kept.items() -%}
            {%- set keep = [found.shown.get(name)] -%}
            {%- for shown in published.values() if name in shown -%}
                {%- do keep.append(shown[name]) -%}
                {%- set before = versions | select('lt', shown[name]) | list -%}
                {%- do keep.extend(before[-1:]) -%}
            {%- endfor -%}
            {%- for version in versions if version not in keep -%}
                {%- do run_query(
                    'drop table if exists ' ~ schema ~ '.' ~ name ~ '__' ~ version
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
