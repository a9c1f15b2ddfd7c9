with

latest_sends as (
    {{ one_record(
        ref('stg_execution__sends'), key='send_id', latest_by='loaded_at'
    ) }}
),

-- what is read twice is kept aside, and so kept narrow
sends as (
    select
        sequence_id,
        company_unique_id,
        send_status,
        sequence_step
    from latest_sends
),

sequences as (
    {{ one_record(ref('stg_execution__sequences'), key='sequence_id') }}
),

sent_steps as (
    select
        sequence_id,
        count(distinct sequence_step) as sent_step_count
    from sends
    where send_status in ('sent', 'delivered', 'bounced')
    group by sequence_id
),

steps_left as (
    select
        sequences.company_unique_id,
        count(*) as unfinished_sequence_count
    from sequences
    left join sent_steps
        on sequences.sequence_id = sent_steps.sequence_id
    where coalesce(sent_steps.sent_step_count, 0) < sequences.step_count
    group by sequences.company_unique_id
),

waiting as (
    select
        company_unique_id,
        sum(
            case when send_status in ('pending', 'scheduled') then 1 else 0 end
        ) as waiting_send_count
    from sends
    group by company_unique_id
),

-- a company without any send is in none of these, and so is queued
activity as (
    select
        waiting.company_unique_id,
        case
            when waiting.waiting_send_count > 0 then 'active'
            when steps_left.unfinished_sequence_count > 0 then 'active'
            else 'exhausted'
        end as outreach_status
    from waiting
    left join steps_left
        on waiting.company_unique_id = steps_left.company_unique_id
)

select * from activity
