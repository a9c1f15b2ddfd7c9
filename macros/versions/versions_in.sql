{#-
    What a schema holds, by one query: `shown`, the version that each view shows,
    and `kept`, the versions there are of each, oldest first.
-#}
{% macro versions_in(schema) -%}
    {%- set shown = {} -%}
    {%- set kept = {} -%}
    {%- set found = run_query("show table extended in " ~ schema ~ " like '*'").rows -%}
    {%- for row in found -%}
        {%- set text = modules.re.search('View Text: .*__(v[0-9]{20})', row[3]) -%}
        {%- set named = modules.re.fullmatch('(.*)__(v[0-9]{20})', row[1]) -%}
        {%- if text -%}
            {%- do shown.update({row[1]: text.group(1)}) -%}
        {%- elif named -%}
            {%- do kept.setdefault(named.group(1), []).append(named.group(2)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for versions in kept.values() -%}
        {%- do versions.sort() -%}
    {%- endfor -%}
    {{ return({'shown': shown, 'kept': kept}) }}
{%- endmacro %}
