{#-
    What a model promises of its rows by constraints, where its contract is
    enforced: `not_null`, columns; `keys`, the columns of each primary key or unique
    constraint; `primary_key`, its columns; `foreign_keys`, constraints.
-#}
{% macro constraints_of(node) -%}
    {%- set found = {'not_null': [], 'keys': [], 'primary_key': [], 'foreign_keys': []} -%}
    {%- if node and node.config.contract.enforced -%}
        {%- for column in node.columns.values() -%}
            {%- for constraint in column.constraints -%}
                {%- if constraint.type in ('not_null', 'primary_key') -%}
                    {%- do found.not_null.append(column.name) -%}
                {%- endif -%}
                {%- if constraint.type in ('unique', 'primary_key') -%}
                    {%- do found['keys'].append([column.name]) -%}
                {%- endif -%}
                {%- if constraint.type == 'primary_key' -%}
                    {%- do found.primary_key.append(column.name) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for constraint in within_the_hub(node.constraints) -%}
            {%- if constraint.type in ('unique', 'primary_key') -%}
                {%- do found['keys'].append(constraint.columns) -%}
            {%- endif -%}
            {%- if constraint.type == 'primary_key' -%}
                {%- do found.not_null.extend(constraint.columns) -%}
                {%- do found.primary_key.extend(constraint.columns) -%}
            {%- elif constraint.type == 'foreign_key' -%}
                {%- do found.foreign_keys.append(constraint) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
