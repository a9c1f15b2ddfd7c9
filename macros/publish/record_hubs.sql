{#- The hubs of landed records, each by the key that its `conserves_records` gate names. -#}
{% macro record_hubs() -%}
    {%- set hubs = {} -%}
    {%- for test in graph.nodes.values()
        if test.resource_type == 'test'
        and test.test_metadata
        and test.test_metadata.name == 'conserves_records' -%}
        {%- do hubs.update({test.test_metadata.kwargs.key: graph.nodes[test.attached_node]}) -%}
    {%- endfor -%}
    {{ return(hubs) }}
{%- endmacro %}
