{#- ID010: a test of identity may not be warned, filtered, limited or given a threshold. -#}
{% macro weakened_test(test) -%}
    {%- set findings = [] -%}
    {%- set config = test.config -%}
    {%- if config.meta.get('gate') or test.column_name in ('company_unique_id', 'target_id') -%}
        {%- for setting, is_weak in {
            'severity': config.severity | lower != 'error',
            'where': config.where is not none,
            'limit': config.limit is not none,
            'warn_if': config.warn_if != '!= 0',
            'error_if': config.error_if != '!= 0',
            'fail_calc': config.fail_calc != 'count(*)',
        }.items() if is_weak -%}
            {%- do findings.append('[ID010] ' ~ test.original_file_path ~ ': the test ' ~ test.name
                ~ ' sets ' ~ setting ~ '. A gate of identity stays armed.') -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(findings) }}
{%- endmacro %}
