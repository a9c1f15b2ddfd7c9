{% macro and_admitted(identity_status) -%}
    {%- set admitted = var('admitted_identity_statuses') -%}
    {%- if admitted -%}
        and {{ identity_status }} in ('{{ admitted | join("', '") }}')
    {%- endif -%}
{%- endmacro %}
