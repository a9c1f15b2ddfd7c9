{#-
    A run that is told to read nothing, or a sample, puts that into the views of
    staging, where gates and whoever looks would take it for all that has landed.
    In a hub that nobody reads yet, it only tries whether the SQL runs.
-#}
{% macro refuse_partial_read() -%}
    {%- if is_partial_read() and run_query(
        'select count(*) from ' ~ audit_relation('publications')
    ).columns[0].values()[0] -%}
        {{ exceptions.raise_compiler_error(
            'An --empty or --sample run proves nothing, and would leave the views of this hub,'
            ~ ' which has published, with none or a part of their rows. Run it in a hub of its'
            ~ ' own: another target, or another DBT_SCHEMA.'
        ) }}
    {%- endif -%}
{%- endmacro %}
