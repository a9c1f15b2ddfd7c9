{#- Runs in the transaction that writes company_target, and so undoes it. -#}
{% macro refuse_vanished_companies(targets, companies) -%}
    {%- if execute and not is_partial_read() -%}
        {%- set vanished = run_query(
            'select ' ~ visible_text('targets.company_unique_id')
            ~ ' from ' ~ written(targets) ~ ' as targets'
            ~ ' left join ' ~ companies ~ ' as companies'
            ~ ' on targets.company_unique_id = companies.company_unique_id'
            ~ ' where companies.company_unique_id is null'
            ~ ' order by targets.company_unique_id limit 6'
        ).columns[0].values() | list -%}
        {%- if vanished -%}
            {{ exceptions.raise_compiler_error(
                '[ID011] ' ~ targets ~ ' holds companies that no longer exist in CL: '
                ~ vanished[:5] | join(', ') ~ (', ...' if vanished | length > 5 else '')
                ~ '. Outreach neither deletes nor merges a company; CL must bring it back.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
