{#-
    On Spark: the version that readers find of each published relation of a schema.
    A published view names two where the one after is prepared: which of them it
    shows is said by the view `published_version`, once for all marts.
-#}
{% macro published_versions(schema) -%}
    {%- set switch = run_query('select version from ' ~ audit_relation('published_version')) -%}
    {%- set current = switch.rows[0][0] -%}
    {%- set shown = {} -%}
    {%- for view, versions in versions_in(schema).named.items() if versions -%}
        {%- do shown.update({
            view: versions[0] if versions | length == 1 or current >= versions[0] else versions[1]
        }) -%}
    {%- endfor -%}
    {{ return(shown) }}
{%- endmacro %}
