{% macro constraint_clauses(node) -%}
    {%- set clauses = [] -%}
    {%- for column in node.columns.values() -%}
        {%- for constraint in column.constraints -%}
            {%- if constraint.type == 'not_null' -%}
                {%- do clauses.append('alter column ' ~ column.name ~ ' set not null') -%}
            {%- elif constraint.type in ('primary_key', 'unique') -%}
                {%- do clauses.append(
                    'add ' ~ constraint.type | replace('_', ' ') ~ ' (' ~ column.name ~ ')'
                ) -%}
            {%- else -%}
                {{ exceptions.raise_compiler_error(
                    'A ' ~ constraint.type ~ ' constraint on the column ' ~ column.name
                    ~ ' would not be applied. Declare it at the level of the model.', node
                ) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for rendered in adapter.render_raw_model_constraints(
        raw_constraints=within_the_hub(node.constraints)
    ) -%}
        {#- A target is never moved or removed from under its records (ID009). -#}
        {%- do clauses.append(
            'add ' ~ rendered
            ~ (' on delete restrict on update restrict' if 'foreign key' in rendered else '')
        ) -%}
    {%- endfor -%}
    {{ return(clauses) }}
{%- endmacro %}
