{#-
    On-run-end: readers go from the last good version of all marts to the new
    one in one commit. A version is a schema: what this run built is moved into
    it as tables, what it did not build is carried over as views onto the tables
    of the version that holds them, and the schemas change names. Renaming a
    schema needs no lock on any table, so that an open reader, however long,
    neither waits nor makes anyone wait; swapping tables would queue every new
    reader behind the longest one.
-#}
{% macro publish_marts(results) -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set publishable = publishable_models() -%}
        {%- set built = {} -%}
        {%- for result in results
            if result.node.unique_id in publishable and result.status == 'success' -%}
            {%- do built.update({result.node.unique_id: result.node}) -%}
        {%- endfor -%}
        {%- if not is_partial_read() and not first_failure(results) -%}
            {%- do refuse_misplaced_records(built) -%}
        {%- endif -%}
        {%- set reason = reason_not_to_publish(results, built) -%}
        {%- if not built and not is_partial_read() -%}
            {%- do log('Nothing to publish: no mart was built.', info=true) -%}
        {%- elif reason -%}
            {%- do log('Not published: ' ~ reason ~ '.', info=true) -%}
        {%- else -%}
            {%- do publish_version(built) -%}
            {%- set outbound = built.values()
                | selectattr('fqn.1', 'equalto', 'outbound') | list -%}
            {%- set said = [] -%}
            {%- for number, what in [
                (built | length - outbound | length, 'mart'), (outbound | length, 'outbound model')
            ] if number -%}
                {%- do said.append(number ~ ' ' ~ what ~ ('' if number == 1 else 's')) -%}
            {%- endfor -%}
            {%- do log('Published ' ~ said | join(' and ') ~ '.', info=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
