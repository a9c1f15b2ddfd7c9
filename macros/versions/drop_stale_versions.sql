{#-
    Drops the versions that no view names any more, those of failed and killed runs
    too. A published view names the version before as well, for readers still in it.
    Only after a publish: until all has passed, any version may be wanted.
-#}
{% macro drop_stale_versions() -%}
    {%- set schemas = versions_of(
        graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'model')
        | selectattr('config.materialized', 'in', ('table', 'incremental'))
    ) -%}
    {%- set wanted = [] -%}
    {%- for schema in schemas.keys() | list + published_schemas() -%}
        {%- for view, versions in (schemas.get(schema) or versions_in(schema)).named.items() -%}
            {%- for version in versions -%}
                {%- do wanted.append(view ~ '__' ~ version) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for schema, found in schemas.items() -%}
        {%- for name, versions in found.kept.items() -%}
            {%- for version in versions if name ~ '__' ~ version not in wanted -%}
                {%- do run_query(
                    'drop table if exists ' ~ schema ~ '.' ~ name ~ '__' ~ version
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
