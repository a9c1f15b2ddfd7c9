{#-
    The statement that puts on record which code has made an incremental model from
    nothing. It runs in the transaction that makes it.
-#}
{% macro keep_code(node) -%}
    insert into {{ audit_relation('written_code') }} (model, code, invocation_id, written_at)
    values ('{{ node.name }}', '{{ code_of(node) }}', '{{ invocation_id }}', current_timestamp)
{%- endmacro %}
