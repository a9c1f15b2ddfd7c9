{#- Runs statements in a transaction of their own and commits it. -#}
{% macro in_own_transaction(statements) -%}
    {%- call statement('in_own_transaction', auto_begin=true) -%}
        {{ statements }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
{%- endmacro %}
