{#-
    company_target mints, and a target is for ever: what it reads has to be what
    the code of this run makes of CL, and not a view that a run of other code left.
-#}
{% macro refuse_left_views() -%}
    {%- set anchors = graph.nodes.values()
        | selectattr('name', 'equalto', 'company_target') | map(attribute='unique_id') | list -%}
    {%- if anchors | select('in', selected_resources) | list and flags.WHICH != 'test' -%}
        {%- for unique_id in ancestors(anchors)
            if unique_id in graph.nodes and unique_id not in selected_resources -%}
            {%- set node = graph.nodes[unique_id] -%}
            {%- if node.config.materialized == 'view' and (
                invocation_args_dict.get('favor_state')
                or adapter.get_relation(node.database, node.schema, node.alias)
            ) -%}
                {{ exceptions.raise_compiler_error(
                    '[ID002] company_target would be made from ' ~ node.name ~ ' as another run'
                    ~ ' left that view, and a target that is minted stays. Select all that it'
                    ~ ' reads: -s +company_target.'
                ) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
