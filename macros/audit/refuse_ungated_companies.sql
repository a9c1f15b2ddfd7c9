{#-
    A target that is minted stays, also where the run that mints it has left the tests
    out. So where the gate of CL's companies is not among what runs, company_target asks
    in its own transaction what the gate would have asked.
-#}
{% macro refuse_ungated_companies(companies) -%}
    {%- set armed = [] -%}
    {%- for id in selected_resources
        if id in graph.nodes
        and (graph.nodes[id].test_metadata or {}).get('name') == 'minted_identity'
        and graph.nodes[id].attached_node == 'model.' ~ project_name ~ '.stg_cl__companies' -%}
        {%- do armed.append(id) -%}
    {%- endfor -%}
    {%- if not armed -%}
        {%- set wrong = run_query(
            'select ' ~ visible_text('company_unique_id') ~ ' from ' ~ companies
            ~ ' where ' ~ is_placeholder('company_unique_id')
            ~ ' or ' ~ is_too_long('company_unique_id') ~ ' limit 6'
        ).columns[0].values() | list -%}
        {%- if wrong -%}
            {{ exceptions.raise_compiler_error(
                '[ID001] ' ~ companies ~ ' has companies without an identity that CL has minted: '
                ~ first_of(wrong)
                ~ '. Only CL mints one. Run the tests too: `outreach build` names the rows.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
