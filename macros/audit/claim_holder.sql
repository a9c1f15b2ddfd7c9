{#-
    At an endpoint of Spark: the build that has the claim, '' where none has it. Read
    from the list of views: a claim may be dropped between two queries.
-#}
{% macro claim_holder() -%}
    {%- set claim = audit_relation('build_claim') -%}
    {%- set found = run_query(
        'show table extended in ' ~ claim.schema ~ " like '" ~ claim.identifier ~ "'"
    ).rows -%}
    {{ return(modules.re.findall("View Text: select '(.*)' as", found[0][3])[0] if found else '') }}
{%- endmacro %}
