{#-
    The statement that puts on record which code has made the table of an incremental
    model from nothing. It runs in the transaction that makes it.
-#}
{% macro keep_code(node, relation) -%}
    insert into {{ audit_relation('table_code') }} (table_id, code, invocation_id, written_at)
    values (
        {{ table_id(relation) }}, '{{ code_of(node) }}', '{{ invocation_id }}', current_timestamp
    )
{%- endmacro %}
