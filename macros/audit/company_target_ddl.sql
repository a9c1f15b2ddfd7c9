{% macro company_target_ddl(node, relation) -%}
    create schema if not exists {{ relation.schema }};
    create table {{ relation }} (
        {%- for column in node.columns.values() %}
        {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    );
    {{ add_constraints(relation, node) }}
    create trigger rows_are_kept
    before delete or truncate on {{ relation }}
    for each statement
    execute function {{ audit_relation('any').schema }}.refuse_change();
    create trigger identity_is_kept
    before update of target_id, company_unique_id, sequence_num, first_targeted_at
    on {{ relation }}
    for each statement
    execute function {{ audit_relation('any').schema }}.refuse_change();
{%- endmacro %}
