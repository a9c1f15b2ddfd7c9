{#-
    Runs in the transaction that writes company_target, and so undoes it: what was
    registered stands as it was minted, also where the table came back empty.
-#}
{% macro refuse_changed_targets(targets) -%}
    {%- if execute -%}
        {%- set changed = run_query(
            'select ' ~ visible_text('registry.company_unique_id')
            ~ ' from ' ~ audit_relation('target_registry')
            ~ ' as registry left join ' ~ written(targets) ~ ' as targets'
            ~ ' on registry.company_unique_id = targets.company_unique_id'
            ~ ' where (registry.target_id, registry.sequence_num, registry.first_targeted_at)'
            ~ ' is distinct from'
            ~ ' (targets.target_id, targets.sequence_num, targets.first_targeted_at)'
            ~ ' order by registry.company_unique_id limit 6'
        ).columns[0].values() | list -%}
        {%- if changed -%}
            {{ exceptions.raise_compiler_error(
                '[ID009] ' ~ targets ~ ' does not have the targets that were given to: '
                ~ first_of(changed)
                ~ '. Targets are never minted afresh. Restore them with'
                ~ ' `outreach targets import FILE`, or from a backup of the table.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
