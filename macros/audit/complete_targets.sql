{#-
    What a killed run left half done is ended before the next begins. On Postgres a
    transaction sees to that.
-#}
{% macro complete_targets() -%}
    {{ return(adapter.dispatch('complete_targets')()) }}
{%- endmacro %}

{% macro default__complete_targets() -%}
    {{ return('') }}
{%- endmacro %}

{#-
    Targets are registered before company_target shows them, so that the registry is
    their record: a run that was killed in between has given them all the same, and a
    hub that moved here brings its registry. They come back as they were registered,
    with no context, which the build then fills in as it does for any change.
-#}
{% macro spark__complete_targets() -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.company_target'] -%}
    {%- set relation = node_relation(node) -%}
    {%- set registry = audit_relation('target_registry') -%}
    {%- if run_query('select 1 from ' ~ registry ~ ' limit 1').rows -%}
        {%- if adapter.get_relation(relation.database, relation.schema, relation.identifier)
            is none -%}
            {%- do make_company_target(node, relation) -%}
        {%- endif -%}
        {%- set missing = 'select registry.* from ' ~ registry ~ ' as registry left anti join '
            ~ relation ~ ' as targets on registry.company_unique_id = targets.company_unique_id' -%}
        {%- if run_query('select 1 from (' ~ missing ~ ') as missing limit 1').rows -%}
            {%- set completed = version_relation(relation, 'v1' ~ run_version()[2:]) -%}
            {%- do create_version(node, completed) -%}
            {%- do run_query(
                'insert into ' ~ completed ~ ' select * from ' ~ relation
                ~ ' union all select ' ~ registered_columns(node) ~ ' from (' ~ missing
                ~ ') as missing'
            ) -%}
            {%- do show_version(relation, completed) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
