{#-
    The hubs of landed records, in lists by the key that their `conserves_records`
    gate names: two hubs may call their keys alike.
-#}
{% macro record_hubs() -%}
    {%- set hubs = {} -%}
    {%- for test in graph.nodes.values()
        if test.resource_type == 'test'
        and test.test_metadata
        and test.test_metadata.name == 'conserves_records' -%}
        {%- do hubs.setdefault(test.test_metadata.kwargs.key, []).append(
            graph.nodes[test.attached_node]
        ) -%}
    {%- endfor -%}
    {{ return(hubs) }}
{%- endmacro %}
