{#-
    Overrides dbt: an incremental model is made from nothing where its code has
    changed, too. company_target never is: what it keeps is no code's, but given.
-#}
{% macro should_full_refresh() -%}
    {%- set is_kept = model.name == 'company_target' -%}
    {%- if is_kept or model.config.materialized != 'incremental' -%}
        {{ return(dbt.should_full_refresh()) }}
    {%- endif -%}
    {{ return(flags.FULL_REFRESH or is_of_other_code(model, this)) }}
{%- endmacro %}
