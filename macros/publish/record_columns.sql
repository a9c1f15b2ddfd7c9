{#-
    The columns of a mart that name landed records, by name, each with the key of
    their hub: those that are called like it, and those that a `relationships`
    test refers to it, such as `hr_person_id`.
-#}
{% macro record_columns(node, keys) -%}
    {%- set referring = {} -%}
    {%- for test in graph.nodes.values()
        if test.resource_type == 'test'
        and test.attached_node == node.unique_id
        and test.test_metadata
        and test.test_metadata.name == 'relationships'
        and test.test_metadata.kwargs.field in keys -%}
        {%- do referring.update(
            {(test.column_name or '') | lower: test.test_metadata.kwargs.field}
        ) -%}
    {%- endfor -%}
    {%- set found = {} -%}
    {%- for column in node.columns.values() -%}
        {%- set name = column.name | lower -%}
        {%- set key = referring.get(name, name) -%}
        {%- if key in keys -%}
            {%- do found.update({adapter.quote(column.name) if column.quote else name: key}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
