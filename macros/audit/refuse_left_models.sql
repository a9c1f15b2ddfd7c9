{#-
    company_target mints, and a target is for ever: what it reads has to be what
    the code of this run makes of CL, and not what a run of other code left.
-#}
{% macro refuse_left_models() -%}
    {%- set anchor = 'model.' ~ project_name ~ '.company_target' -%}
    {%- if anchor in selected_resources and flags.WHICH != 'test' -%}
        {%- for model in models_left([anchor], selected_resources)
            if invocation_args_dict.get('favor_state')
            or adapter.get_relation(model.database, model.schema, model.alias) -%}
            {{ exceptions.raise_compiler_error(
                '[ID002] company_target would be made from ' ~ model.name ~ ' as another run'
                ~ ' left it, and a target that is minted stays. Select all that it reads:'
                ~ ' -s +company_target.'
            ) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
