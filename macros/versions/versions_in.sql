{#-
    What a schema holds, by one query: `named`, the versions that each view names,
    the newest first; `kept`, the versions there are of each, oldest first; and
    `columns`, what the tables of those look like.
-#}
{% macro versions_in(schema) -%}
    {%- set found = {'named': {}, 'kept': {}, 'columns': {}} -%}
    {%- for row in run_query("show table extended in " ~ schema ~ " like '*'").rows -%}
        {%- set text = modules.re.search('View Text: (.*)', row[3]) -%}
        {%- set version = modules.re.fullmatch('(.*)__(v[0-9]{20})', row[1]) -%}
        {%- if text -%}
            {%- do found.named.update({
                row[1]: modules.re.findall('__(v[0-9]{20})', text.group(1))
            }) -%}
        {%- elif version -%}
            {%- do found.kept.setdefault(version.group(1), []).append(version.group(2)) -%}
            {%- do found.columns.update({row[1]: row[3].partition('Schema: ')[2]}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for versions in found.kept.values() -%}
        {%- do versions.sort() -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
