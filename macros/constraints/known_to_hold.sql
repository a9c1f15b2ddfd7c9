{#- The query of a test whose answer is known: no row fails. -#}
{% macro known_to_hold(query) %}
select *
from ({{ query }}) as failures
where false
{%- endmacro %}
