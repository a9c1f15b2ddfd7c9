{% macro all_exist(relations) -%}
    {%- for relation in relations
        if adapter.get_relation(relation.database, relation.schema, relation.identifier) is none -%}
        {{ return(false) }}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}
