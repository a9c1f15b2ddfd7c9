{#-
    '' where this run may publish `built`, else why not, in one line. Published
    is only what a build made, in full, whose gates and tests all ran and passed
    in this very run, together with all that is downstream of it. What it reads is
    made by this run as well: what other code left there would be taken for the
    code's that was proved, and gates would judge it.
-#}
{% macro reason_not_to_publish(results, built) -%}
    {%- if is_partial_read() -%}
        {{ return('an --empty or --sample build proves nothing') }}
    {%- endif -%}

    {%- set failure = first_failure(results) -%}
    {%- if failure -%}
        {{ return(failure) }}
    {%- endif -%}
    {%- if flags.WHICH != 'build' -%}
        {{ return('only a build publishes, not ' ~ flags.WHICH) }}
    {%- endif -%}

    {%- if invocation_args_dict.get('defer') -%}
        {{ return('what defers to another hub is judged by what that one holds') }}
    {%- endif -%}

    {%- set way_out = '; a mart is published with all that it reads and all that reads that:'
        ~ ' build everything' -%}
    {%- set outcome = {} -%}
    {%- for result in results -%}
        {%- do outcome.update({result.node.unique_id: result.status | string}) -%}
    {%- endfor -%}
    {%- set made = results | selectattr('status', 'equalto', 'success')
        | map(attribute='node.unique_id') | list -%}
    {%- set upstream = ancestors(built) -%}
    {%- for model in models_left(built, made) -%}
        {{ return(model.name ~ ' was not made in this build' ~ way_out) }}
    {%- endfor -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test' -%}
        {%- set subject = test.attached_node or test.depends_on.nodes | first -%}
        {#- What lists the values of a code is what lets the proof take it for one;
            what a source may hold is asked of it alone. -#}
        {%- set counts_downstream = test.config.meta.get('gate')
            or (test.test_metadata or {}).get('name') == 'accepted_values'
            or subject in graph.sources -%}
        {%- if subject in built or (counts_downstream and subject in upstream) -%}
            {%- if outcome.get(test.unique_id) not in ('pass', 'success') -%}
                {{ return('the test ' ~ node_label(test) ~ ' did not run in this build'
                    ~ way_out) }}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}

    {%- for node in publishable_models().values()
        if node.unique_id not in built and published_select(node) -%}
        {%- for parent in node.depends_on.nodes if parent in built -%}
            {{ return(node.name ~ ' reads ' ~ parent.split('.')[-1]
                ~ ' and was not built with it' ~ way_out) }}
        {%- endfor -%}
    {%- endfor -%}
    {{ return('') }}
{%- endmacro %}
