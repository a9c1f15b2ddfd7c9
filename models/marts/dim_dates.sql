with

-- 2000-01-01 and 16,383 days more: to 2044-11-08
numbers as (
    {{ dbt.generate_series(16384) }}
),

days as (
    select
        cast(
            {{ dbt.dateadd(
                'day', 'generated_number - 1', "cast('2000-01-01' as date)"
            ) }} as date
        ) as calendar_date
    from numbers
),

dates as (
    select
        -- booleans
        {{ is_future_dated('calendar_date') }} as is_future_dated,

        -- dates
        calendar_date,
        cast({{ dbt.date_trunc('week', 'calendar_date') }} as date)
            as week_start_date,
        cast({{ dbt.date_trunc('month', 'calendar_date') }} as date)
            as month_start_date,
        cast({{ dbt.date_trunc('year', 'calendar_date') }} as date)
            as year_start_date
    from days
)

select * from dates
