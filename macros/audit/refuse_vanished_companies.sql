{#-
    Runs in the transaction that writes company_target, and so undoes it. Asked are
    the companies that the model read, and the table that staging made them of:
    whatever it made of that, nobody whom CL has not minted is given a target.
-#}
{% macro refuse_vanished_companies(targets, companies) -%}
    {%- if execute and not is_partial_read() -%}
        {%- do refuse_ungated_companies(companies) -%}
        {%- set vanished = run_query(
            'select ' ~ visible_text('targets.company_unique_id')
            ~ ' from ' ~ written(targets) ~ ' as targets'
            ~ ' left join ' ~ companies ~ ' as companies'
            ~ ' on targets.company_unique_id = companies.company_unique_id'
            ~ ' left join ' ~ source_of(companies) ~ ' as minted on targets.company_unique_id'
            ~ ' = cast(minted.company_unique_id as ' ~ sql_type('text') ~ ')'
            ~ ' where companies.company_unique_id is null or minted.company_unique_id is null'
            ~ ' order by targets.company_unique_id limit 6'
        ).columns[0].values() | list -%}
        {%- if vanished -%}
            {{ exceptions.raise_compiler_error(
                '[ID011] ' ~ targets ~ ' holds companies that do not exist in CL, or no longer: '
                ~ first_of(vanished)
                ~ '. Outreach neither mints, deletes nor merges a company: CL must bring back'
                ~ ' what it took away, and a model must not make one up.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
