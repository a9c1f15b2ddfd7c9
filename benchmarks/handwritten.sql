-- The hub and its marts as one would write them by hand, with nothing in mind but speed:
--     psql -v as_of=2026-11-25 -f benchmarks/handwritten.sql
--
-- The same tables with the same content, keys and foreign keys as the models make, in the schema
-- `handwritten`; no gate, no test and no proof. One transaction, so that readers see all of it or
-- nothing. Targets stay as they were given; everything else is made anew, since that is what a
-- script does.

\set ON_ERROR_STOP on
begin;
set local client_min_messages = warning;

create schema if not exists handwritten;
set local search_path = handwritten;

drop table if exists
    people, people_slots, dol_filings, dol_renewals, dol_schedule_a, dol_schedule_a_brokers,
    blog_signals, campaigns, sequences, send_log, engagement_events, dim_dates, dim_people,
    dim_company_targets, fct_blog_signals, fct_dol_filings, fct_dol_insurance_contracts,
    fct_engagement_events, fct_sends, rpt_campaign_performance, rpt_engagement_daily,
    rpt_enrichment_queue, rpt_renewal_calendar, rpt_slot_coverage, sync_cl__engagement_signals;

-- sends and events, each in its latest state: what a status is drawn from, so they come first

create temporary table latest_sends on commit drop as
select distinct on (send_id) *
from outreach_raw.send_log
order by send_id, loaded_at desc;

create temporary table latest_events on commit drop as
select distinct on (event_id) *
from outreach_raw.engagement_events
order by event_id, loaded_at desc;

create temporary table latest_sequences on commit drop as
select distinct on (sequence_id) *
from outreach_raw.sequences
order by sequence_id;
analyze latest_sends, latest_events, latest_sequences;

-- company target

create table if not exists company_target (
    target_id text primary key,
    company_unique_id text not null unique,
    company_domain text,
    bit_tier text,
    outreach_status text not null,
    sequence_num bigint not null,
    bit_score double precision,
    first_targeted_at timestamptz not null,
    last_changed_at timestamptz not null,
    unique (target_id, company_unique_id)
);

create temporary table context on commit drop as
with scores as (
    select distinct on (company_unique_id)
        company_unique_id,
        bit_score::double precision as bit_score
    from cl.bit_scores
    where (scored_at at time zone 'UTC')::date <= :'as_of'
    order by company_unique_id, scored_at desc, bit_score desc
),

operator as (
    select distinct on (company_unique_id)
        company_unique_id,
        outreach_status
    from outreach_raw.target_status_changes
    where coalesce((changed_at at time zone 'UTC')::date <= :'as_of', true)
    order by
        company_unique_id,
        outreach_status = 'opted_out' desc nulls last,
        changed_at desc nulls last,
        change_id collate "C" desc
),

steps as (
    select
        sequence_id,
        count(distinct sequence_step) as sent
    from latest_sends
    where send_status in ('sent', 'delivered', 'bounced')
    group by sequence_id
),

unfinished as (
    select distinct sequences.company_unique_id
    from latest_sequences as sequences
    left join steps using (sequence_id)
    where coalesce(steps.sent, 0) < sequences.step_count
),

sending as (
    select
        company_unique_id,
        bool_or(send_status in ('pending', 'scheduled')) as is_waiting
    from latest_sends
    group by company_unique_id
),

unsubscribed as (
    select distinct company_unique_id
    from latest_events
    where
        event_type = 'unsubscribe'
        and coalesce((event_at at time zone 'UTC')::date <= :'as_of', true)
)

select
    companies.company_unique_id,
    companies.company_domain,
    companies.created_at,
    scores.bit_score,
    case
        when scores.bit_score >= 75 then 'BURNING'
        when scores.bit_score >= 50 then 'HOT'
        when scores.bit_score >= 25 then 'WARM'
        when scores.bit_score >= 0 then 'COLD'
    end as bit_tier,
    case
        when operator.outreach_status = 'opted_out' or unsubscribed.company_unique_id is not null
            then 'opted_out'
        when operator.outreach_status is not null then operator.outreach_status
        when sending.company_unique_id is null then 'queued'
        when sending.is_waiting or unfinished.company_unique_id is not null then 'active'
        else 'exhausted'
    end as outreach_status
from cl.company_identity as companies
left join scores using (company_unique_id)
left join operator using (company_unique_id)
left join sending using (company_unique_id)
left join unfinished using (company_unique_id)
left join unsubscribed using (company_unique_id);
analyze context;

update company_target
set
    company_domain = context.company_domain,
    bit_score = context.bit_score,
    bit_tier = context.bit_tier,
    outreach_status = context.outreach_status,
    last_changed_at = now()
from context
where
    company_target.company_unique_id = context.company_unique_id
    and (
        company_target.company_domain, company_target.bit_score, company_target.bit_tier,
        company_target.outreach_status
    ) is distinct from (
        context.company_domain, context.bit_score, context.bit_tier, context.outreach_status
    );

insert into company_target
select
    'TGT-' || id_prefix || '-' || sequence_num,
    company_unique_id, company_domain, bit_tier, outreach_status, sequence_num, bit_score,
    now(), now()
from (
    select
        context.*,
        left(company_unique_id, 8) as id_prefix,
        coalesce(highest.sequence_num, 0) + row_number() over (
            partition by left(company_unique_id, 8)
            order by created_at nulls last, company_unique_id collate "C"
        ) as sequence_num
    from context
    left join (
        select left(company_unique_id, 8) as id_prefix, max(sequence_num) as sequence_num
        from company_target
        group by 1
    ) as highest on left(company_unique_id, 8) = highest.id_prefix
    where not exists (
        select from company_target
        where company_target.company_unique_id = context.company_unique_id
    )
) as numbered;
analyze company_target;

-- the hubs

create table people as
select
    person_id, targets.target_id, targets.company_unique_id, full_name, title, email, slot_type,
    contact_status, source_system, email_verified as is_email_verified,
    coalesce((created_at at time zone 'UTC')::date > :'as_of', false) as is_future_dated,
    created_at
from (select distinct on (person_id) * from outreach_raw.people order by person_id) as landed
left join company_target as targets using (company_unique_id);

create table dol_filings as
select
    filing_id, targets.target_id, targets.company_unique_id,
    spons_dfe_pn as plan_number, plan_name, type_plan_entity_cd as plan_entity_type,
    sponsor_dfe_name as sponsor_name, spons_dfe_mail_us_city as sponsor_city,
    spons_dfe_mail_us_state as sponsor_state, spons_dfe_ein as sponsor_ein, business_code,
    type_pension_bnft_code as pension_benefit_codes,
    type_welfare_bnft_code as welfare_benefit_codes, filing_status,
    tot_partcp_boy_cnt as participant_count_at_start,
    tot_active_partcp_cnt as active_participant_count_at_end,
    num_sch_a_attached_cnt as schedule_a_count,
    coalesce(initial_filing_ind = '1', false) as is_initial_filing,
    coalesce(amended_ind = '1', false) as is_amended,
    coalesce(final_filing_ind = '1', false) as is_final_filing,
    coalesce(short_plan_yr_ind = '1', false) as is_short_plan_year,
    coalesce(sch_a_attached_ind = '1', false) as has_schedule_a,
    coalesce(date_received > :'as_of', false) as is_future_dated,
    form_plan_year_begin_date as plan_year_begin_date, form_tax_prd as plan_year_end_date,
    plan_eff_date as plan_effective_date, date_received as received_date, loaded_at
from (
    select distinct on (filing_id) * from outreach_raw.dol_filings order by filing_id
) as landed
left join company_target as targets using (company_unique_id);

create table dol_schedule_a as
select
    schedule_a_id, filing_id, targets.target_id, targets.company_unique_id,
    sch_a_plan_num as plan_number, sch_a_ein as sponsor_ein, ins_carrier_name as carrier_name,
    ins_carrier_ein as carrier_ein, ins_carrier_naic_code as carrier_naic_code,
    ins_contract_num as contract_number, form_id as schedule_number,
    ins_prsn_covered_eoy_cnt as persons_covered_count,
    ins_broker_comm_tot_amt::numeric(20, 2) as broker_commission_amount,
    ins_broker_fees_tot_amt::numeric(20, 2) as broker_fee_amount,
    wlfr_tot_earned_prem_amt::numeric(20, 2) as earned_premium_amount,
    wlfr_tot_charges_paid_amt::numeric(20, 2) as paid_premium_amount,
    coalesce(wlfr_bnft_health_ind = '1', false) as has_health,
    coalesce(wlfr_bnft_dental_ind = '1', false) as has_dental,
    coalesce(wlfr_bnft_vision_ind = '1', false) as has_vision,
    coalesce(wlfr_bnft_life_insur_ind = '1', false) as has_life,
    coalesce(wlfr_bnft_temp_disab_ind = '1', false) as has_temporary_disability,
    coalesce(wlfr_bnft_long_term_disab_ind = '1', false) as has_long_term_disability,
    coalesce(wlfr_bnft_drug_ind = '1', false) as has_drug,
    coalesce(wlfr_bnft_stop_loss_ind = '1', false) as is_stop_loss,
    coalesce(wlfr_bnft_hmo_ind = '1', false) as is_hmo,
    coalesce(wlfr_bnft_ppo_ind = '1', false) as is_ppo,
    sch_a_plan_year_begin_date as plan_year_begin_date,
    sch_a_plan_year_end_date as plan_year_end_date, ins_policy_from_date as policy_begin_date,
    ins_policy_to_date as policy_end_date, loaded_at
from (
    select distinct on (schedule_a_id) * from outreach_raw.dol_schedule_a order by schedule_a_id
) as landed
left join company_target as targets using (company_unique_id);

create table dol_schedule_a_brokers as
select
    schedule_a_broker_id, schedule_a_id, filing_id, targets.target_id, targets.company_unique_id,
    ins_broker_name as broker_name, ins_broker_us_city as broker_city,
    ins_broker_us_state as broker_state, ins_broker_fees_pd_text as fee_purpose,
    ins_broker_code as organization_code, form_id as schedule_number, row_order as broker_number,
    ins_broker_comm_pd_amt::numeric(20, 2) as commission_amount,
    ins_broker_fees_pd_amt::numeric(20, 2) as fee_amount, loaded_at
from (
    select distinct on (schedule_a_broker_id) *
    from outreach_raw.dol_schedule_a_brokers
    order by schedule_a_broker_id
) as landed
left join company_target as targets using (company_unique_id);

create table blog_signals as
select
    signal_id, targets.target_id, targets.company_unique_id, signal_type, source_url, headline,
    sentiment, relevance_score, bit_impact,
    coalesce((detected_at at time zone 'UTC')::date > :'as_of', false) as is_future_dated,
    detected_at
from (
    select distinct on (signal_id) * from outreach_raw.blog_signals order by signal_id
) as landed
left join company_target as targets using (company_unique_id);

create table campaigns as
select
    campaign_id, targets.target_id, targets.company_unique_id, campaign_name, campaign_type,
    campaign_status,
    coalesce((created_at at time zone 'UTC')::date > :'as_of', false) as is_future_dated,
    start_date, end_date, created_at
from (
    select distinct on (campaign_id) * from outreach_raw.campaigns order by campaign_id
) as landed
left join company_target as targets using (company_unique_id);

create table sequences as
select
    sequence_id, campaign_id, targets.target_id, targets.company_unique_id, sequence_name,
    sequence_status, sequence_order, step_count, delay_days
from latest_sequences as landed
left join company_target as targets using (company_unique_id);

create table send_log as
select
    send_id, campaign_id, sequence_id, person_id, targets.target_id, targets.company_unique_id,
    email_to, send_status, sequence_step, scheduled_at, sent_at, delivered_at, bounced_at, loaded_at
from latest_sends as landed
left join company_target as targets using (company_unique_id);

create table engagement_events as
select
    event_id, send_id, person_id, targets.target_id, targets.company_unique_id, event_type,
    source_system, event_at, loaded_at
from latest_events as landed
left join company_target as targets using (company_unique_id);
analyze people, dol_filings, dol_schedule_a, dol_schedule_a_brokers, blog_signals, campaigns,
    sequences, send_log, engagement_events;

create table people_slots as
with candidates as (
    select
        people.*,
        count(*) over (partition by target_id, slot_type) as candidate_count,
        row_number() over (
            partition by target_id, slot_type
            order by
                coalesce(contact_status = 'active', false) desc,
                coalesce(is_email_verified, false) desc,
                created_at nulls last,
                person_id collate "C"
        ) as candidate_rank
    from people
    where slot_type is not null and contact_status is distinct from 'left' and not is_future_dated
)

select
    targets.target_id, targets.company_unique_id, slots.slot_type, best.person_id,
    best.full_name, best.title, best.email,
    coalesce(best.candidate_count, 0) as candidate_count,
    best.person_id is not null as is_filled,
    coalesce(best.is_email_verified, false) as is_email_verified
from company_target as targets
cross join (values ('CEO'), ('CFO'), ('HR')) as slots (slot_type)
left join candidates as best
    on
        targets.target_id = best.target_id
        and slots.slot_type = best.slot_type
        and best.candidate_rank = 1;

create table dol_renewals as
with latest as (
    select distinct on (target_id, plan_number)
        filings.*,
        greatest(
            (extract(year from :'as_of'::date) - extract(year from plan_year_begin_date))::integer,
            0
        ) as years
    from dol_filings as filings
    where plan_number is not null and not is_future_dated
    order by
        target_id, plan_number, plan_year_begin_date desc nulls last,
        received_date desc nulls last, filing_id collate "C" desc
),

renewed as (
    select
        latest.*,
        case
            when plan_year_begin_date + make_interval(months => 12 * years) >= :'as_of'
                then (plan_year_begin_date + make_interval(months => 12 * years))::date
            else (plan_year_begin_date + make_interval(months => 12 * (years + 1)))::date
        end as next_renewal_date
    from latest
)

select
    target_id, company_unique_id, plan_number, filing_id, plan_name,
    extract(month from plan_year_begin_date)::integer as renewal_month,
    next_renewal_date - :'as_of'::date as days_until_renewal,
    participant_count_at_start, is_short_plan_year, is_final_filing, plan_year_begin_date,
    next_renewal_date,
    (next_renewal_date - interval '5 months')::date as outreach_start_date
from renewed;
analyze people_slots, dol_renewals;

-- the marts

create table dim_dates as
select
    calendar_date > :'as_of' as is_future_dated,
    calendar_date,
    date_trunc('week', calendar_date)::date as week_start_date,
    date_trunc('month', calendar_date)::date as month_start_date,
    date_trunc('year', calendar_date)::date as year_start_date
from generate_series(0, 16383) as day
cross join lateral (values (date '2000-01-01' + day)) as dates (calendar_date);

create table fct_blog_signals as
select *, (detected_at at time zone 'UTC')::date as detected_date
from blog_signals;

create table fct_dol_filings as
select
    filings.*,
    extract(year from filings.plan_year_begin_date)::integer as plan_year,
    coalesce(filings.welfare_benefit_codes like '%4A%', false) as has_health_benefits,
    renewals.filing_id is not null as is_latest_of_plan
from dol_filings as filings
left join dol_renewals as renewals using (filing_id);

create table fct_dol_insurance_contracts as
with paid as (
    select
        schedule_a_id,
        count(*)::integer as broker_count,
        sum(commission_amount)::numeric(20, 2) as commission_amount,
        sum(fee_amount)::numeric(20, 2) as fee_amount
    from dol_schedule_a_brokers
    group by schedule_a_id
),

lead_brokers as (
    select distinct on (schedule_a_id) *
    from dol_schedule_a_brokers
    order by
        schedule_a_id, coalesce(commission_amount, 0) + coalesce(fee_amount, 0) desc,
        broker_number nulls last, schedule_a_broker_id collate "C"
),

renewing as (
    select
        schedules.*,
        case
            when renewal + make_interval(months => 12 * years) >= :'as_of'
                then (renewal + make_interval(months => 12 * years))::date
            else (renewal + make_interval(months => 12 * (years + 1)))::date
        end as next_policy_renewal_date
    from dol_schedule_a as schedules
    cross join lateral (values (policy_end_date + 1)) as renewals (renewal)
    cross join lateral (
        values (
            greatest(extract(year from :'as_of'::date) - extract(year from renewal), 0)::integer
        )
    ) as passed (years)
)

select
    schedule_a_id, renewing.filing_id, renewing.target_id, renewing.company_unique_id,
    filings.plan_name, renewing.plan_number, carrier_name, carrier_ein, carrier_naic_code,
    contract_number, lead_brokers.broker_name as lead_broker_name,
    lead_brokers.broker_city as lead_broker_city, lead_brokers.broker_state as lead_broker_state,
    filings.plan_year, persons_covered_count, coalesce(paid.broker_count, 0) as broker_count,
    paid.commission_amount, paid.fee_amount,
    broker_commission_amount as stated_commission_amount, broker_fee_amount as stated_fee_amount,
    earned_premium_amount, paid_premium_amount,
    next_policy_renewal_date - :'as_of'::date as days_until_policy_renewal,
    has_health, has_dental, has_vision, has_life, has_temporary_disability,
    has_long_term_disability, has_drug, is_stop_loss, is_hmo, is_ppo,
    filings.is_latest_of_plan, filings.is_amended, filings.is_future_dated, policy_begin_date,
    policy_end_date, next_policy_renewal_date, renewing.loaded_at
from renewing
left join fct_dol_filings as filings using (filing_id)
left join paid using (schedule_a_id)
left join lead_brokers using (schedule_a_id);

create table fct_engagement_events as
select
    events.event_id, events.send_id, sends.campaign_id, sends.sequence_id, events.person_id,
    events.target_id, events.company_unique_id, events.event_type, events.source_system,
    sends.sequence_step,
    (events.event_at at time zone 'UTC')::date - (sends.sent_at at time zone 'UTC')::date
        as days_since_sent,
    coalesce((events.event_at at time zone 'UTC')::date > :'as_of', false) as is_future_dated,
    (events.event_at at time zone 'UTC')::date as event_date,
    events.event_at, events.loaded_at
from engagement_events as events
left join send_log as sends using (send_id);
analyze fct_engagement_events;

create table fct_sends as
with responses as (
    select
        send_id,
        count(*) as event_count,
        count(*) filter (where event_type = 'open') as open_count,
        count(*) filter (where event_type = 'click') as click_count,
        count(*) filter (where event_type = 'reply') as reply_count,
        count(*) filter (where event_type = 'bounce') as bounce_count,
        count(*) filter (where event_type = 'unsubscribe') as unsubscribe_count,
        count(*) filter (where event_type = 'meeting_booked') as meeting_count,
        min(event_at) filter (where event_type = 'open') as first_opened_at,
        min(event_at) filter (where event_type = 'click') as first_clicked_at,
        min(event_at) filter (where event_type = 'reply') as first_replied_at,
        min(event_at) filter (where event_type = 'bounce') as first_bounced_at
    from engagement_events
    where coalesce((event_at at time zone 'UTC')::date <= :'as_of', true)
    group by send_id
)

select
    sends.send_id, sends.campaign_id, sends.sequence_id, sends.person_id, sends.target_id,
    sends.company_unique_id, campaigns.campaign_name, campaigns.campaign_type,
    sequences.sequence_name, sends.email_to, sends.send_status, sends.sequence_step,
    coalesce(open_count, 0) as open_count,
    coalesce(click_count, 0) as click_count,
    coalesce(reply_count, 0) as reply_count,
    coalesce(meeting_count, 0) as meeting_count,
    send_status in ('pending', 'scheduled') and responses.send_id is null as is_waiting,
    send_status in ('sent', 'delivered', 'bounced') or responses.send_id is not null as was_sent,
    send_status = 'delivered' or coalesce(open_count + click_count + reply_count, 0) > 0
        as was_delivered,
    send_status = 'bounced' or coalesce(bounce_count, 0) > 0 as was_bounced,
    coalesce(open_count, 0) > 0 as was_opened,
    coalesce(click_count, 0) > 0 as was_clicked,
    coalesce(reply_count, 0) > 0 as was_replied,
    coalesce(unsubscribe_count, 0) > 0 as was_unsubscribed,
    coalesce(meeting_count, 0) > 0 as has_meeting,
    coalesce((sent_at at time zone 'UTC')::date > :'as_of', false) as is_future_dated,
    (sent_at at time zone 'UTC')::date as sent_date,
    scheduled_at, sent_at, delivered_at, coalesce(bounced_at, first_bounced_at) as bounced_at,
    first_opened_at, first_clicked_at, first_replied_at, sends.loaded_at
from send_log as sends
left join responses using (send_id)
left join campaigns using (campaign_id)
left join sequences using (sequence_id);
analyze fct_sends;

create table dim_people as
with received as (
    select
        person_id,
        count(*) as sent_count,
        count(*) filter (where was_opened) as opened_count,
        count(*) filter (where was_clicked) as clicked_count,
        max(sent_at) as last_sent_at
    from fct_sends
    where was_sent and not is_future_dated
    group by person_id
),

answers as (
    select
        person_id,
        count(*) filter (where event_type = 'reply') as reply_count,
        count(*) filter (where event_type = 'meeting_booked') as meeting_count,
        max(event_at) as last_engaged_at
    from fct_engagement_events
    where event_type in ('open', 'click', 'reply', 'meeting_booked') and not is_future_dated
    group by person_id
)

select
    people.*,
    coalesce(sent_count, 0) as sent_count,
    coalesce(opened_count, 0) as opened_count,
    coalesce(clicked_count, 0) as clicked_count,
    coalesce(reply_count, 0) as reply_count,
    coalesce(meeting_count, 0) as meeting_count,
    slots.person_id is not null as is_slot_holder,
    coalesce(contact_status = 'active', false) and people.email is not null as is_reachable,
    last_sent_at,
    last_engaged_at
from people
left join people_slots as slots using (person_id)
left join received using (person_id)
left join answers using (person_id);

create table dim_company_targets as
with contacts as (
    select target_id, count(*) as contact_count
    from people
    where contact_status is distinct from 'left' and not is_future_dated
    group by target_id
),

filled as (
    select target_id, count(*) as filled_slot_count
    from people_slots
    where is_filled
    group by target_id
),

plans as (
    select
        target_id,
        count(*) as plan_count,
        min(next_renewal_date) filter (where not is_final_filing) as next_renewal_date
    from dol_renewals
    group by target_id
),

content as (
    select target_id, count(*) as blog_signal_count, max(detected_at) as last_signal_at
    from blog_signals
    where not is_future_dated
    group by target_id
),

sent as (
    select
        target_id,
        max(sent_at) filter (where not is_future_dated) as last_sent_at,
        count(*) filter (where is_recent) as send_count,
        count(*) filter (where is_recent and was_bounced) as bounce_count
    from fct_sends
    cross join lateral (
        values (sent_date between :'as_of'::date - 90 and :'as_of')
    ) as recent (is_recent)
    where was_sent
    group by target_id
),

answered as (
    select
        target_id,
        count(distinct send_id) filter (where event_type = 'open')
        + count(*) filter (where event_type = 'open' and send_id is null) as open_count,
        count(distinct send_id) filter (where event_type = 'click')
        + count(*) filter (where event_type = 'click' and send_id is null) as click_count,
        count(*) filter (where event_type = 'reply') as reply_count,
        count(*) filter (where event_type = 'meeting_booked') as meeting_count,
        count(*) filter (where event_type = 'unsubscribe') as unsubscribe_count
    from fct_engagement_events
    where event_date between :'as_of'::date - 90 and :'as_of'
    group by target_id
),

counted as (
    select
        targets.*,
        coalesce(contact_count, 0) as contact_count,
        coalesce(filled_slot_count, 0) as filled_slot_count,
        coalesce(plan_count, 0) as plan_count,
        coalesce(blog_signal_count, 0) as blog_signal_count,
        coalesce(send_count, 0) as recent_send_count,
        coalesce(bounce_count, 0) as recent_bounce_count,
        coalesce(open_count, 0) as recent_open_count,
        coalesce(click_count, 0) as recent_click_count,
        coalesce(reply_count, 0) as recent_reply_count,
        coalesce(meeting_count, 0) as recent_meeting_count,
        coalesce(unsubscribe_count, 0) as recent_unsubscribe_count,
        next_renewal_date,
        last_signal_at,
        last_sent_at
    from company_target as targets
    left join contacts using (target_id)
    left join filled using (target_id)
    left join plans using (target_id)
    left join content using (target_id)
    left join sent using (target_id)
    left join answered using (target_id)
)

select
    *,
    case
        when recent_unsubscribe_count > 0 then 'unsubscribed'
        when recent_reply_count > 0 or recent_meeting_count > 0 or recent_click_count >= 2
            or recent_open_count >= 3 then 'high_engagement'
        when recent_open_count + recent_click_count > 0 then 'engaged'
        when recent_send_count > 0 and recent_bounce_count = recent_send_count then 'unreachable'
        else 'quiet'
    end as signal_type,
    least(
        1,
        (
            recent_open_count + 3 * recent_click_count + 10 * recent_reply_count
            + 20 * recent_meeting_count
        )::double precision / 30
    ) as engagement_score,
    :'as_of'::date - 90 as window_start_date,
    :'as_of'::date as window_end_date
from counted;

create table rpt_campaign_performance as
with totals as (
    select
        campaign_id,
        count(*) as planned_count,
        count(*) filter (where is_waiting) as waiting_count,
        count(*) filter (where was_sent) as sent_count,
        count(*) filter (where was_delivered) as delivered_count,
        count(*) filter (where was_bounced) as bounced_count,
        count(*) filter (where was_opened) as opened_count,
        count(*) filter (where was_clicked) as clicked_count,
        count(*) filter (where was_replied) as replied_count,
        count(*) filter (where has_meeting) as meeting_count,
        count(*) filter (where was_unsubscribed) as unsubscribed_count,
        count(distinct person_id) filter (where was_sent) as person_count,
        min(sent_at) as first_sent_at,
        max(sent_at) as last_sent_at
    from fct_sends
    where not is_future_dated
    group by campaign_id
)

select
    campaign_id, target_id, company_unique_id, campaign_name, campaign_type, campaign_status,
    coalesce(person_count, 0) as person_count,
    coalesce(planned_count, 0) as planned_count,
    coalesce(waiting_count, 0) as waiting_count,
    coalesce(sent_count, 0) as sent_count,
    coalesce(delivered_count, 0) as delivered_count,
    coalesce(bounced_count, 0) as bounced_count,
    coalesce(opened_count, 0) as opened_count,
    coalesce(clicked_count, 0) as clicked_count,
    coalesce(replied_count, 0) as replied_count,
    coalesce(meeting_count, 0) as meeting_count,
    coalesce(unsubscribed_count, 0) as unsubscribed_count,
    delivered_count::double precision / nullif(sent_count, 0) as delivery_rate,
    bounced_count::double precision / nullif(sent_count, 0) as bounce_rate,
    opened_count::double precision / nullif(delivered_count, 0) as open_rate,
    clicked_count::double precision / nullif(delivered_count, 0) as click_rate,
    replied_count::double precision / nullif(delivered_count, 0) as reply_rate,
    start_date, end_date, created_at, first_sent_at, last_sent_at
from campaigns
left join totals using (campaign_id);

create table rpt_engagement_daily as
with activities as (
    select sent_date as activity_date, 'sent' as activity_type, target_id
    from fct_sends
    where was_sent
    union all
    select (bounced_at at time zone 'UTC')::date, 'bounced', target_id
    from fct_sends
    where was_bounced
    union all
    select event_date, event_type, target_id
    from fct_engagement_events
    where event_type <> 'bounce'
)

select
    count(*) filter (where activity_type = 'sent') as sent_count,
    count(*) filter (where activity_type = 'bounced') as bounced_count,
    count(*) filter (where activity_type = 'open') as open_count,
    count(*) filter (where activity_type = 'click') as click_count,
    count(*) filter (where activity_type = 'reply') as reply_count,
    count(*) filter (where activity_type = 'meeting_booked') as meeting_count,
    count(*) filter (where activity_type = 'unsubscribe') as unsubscribe_count,
    count(distinct target_id) filter (where activity_type = 'sent') as addressed_target_count,
    count(distinct target_id) filter (
        where activity_type in ('open', 'click', 'reply', 'meeting_booked')
    ) as engaged_target_count,
    activity_date > :'as_of' as is_future_dated,
    activity_date
from activities
where activity_date is not null
group by activity_date;

create table rpt_enrichment_queue as
with latest as (
    select
        target_id, 'people' as sub_hub, count(*) as record_count,
        max((created_at at time zone 'UTC')::date) as last_found_date
    from people
    where not is_future_dated
    group by target_id
    union all
    select
        target_id, 'dol', count(*),
        max(coalesce(received_date, (loaded_at at time zone 'UTC')::date))
    from dol_filings
    where not is_future_dated
    group by target_id
    union all
    select target_id, 'blog', count(*), max((detected_at at time zone 'UTC')::date)
    from blog_signals
    where not is_future_dated
    group by target_id
),

empty_slots as (
    select target_id, string_agg(slot_type, ', ' order by slot_type) as empty_slot_types
    from people_slots
    where not is_filled
    group by target_id
),

gaps as (
    select
        targets.*, sub_hubs.sub_hub, sub_hubs.doctrine_id, latest.last_found_date,
        case when sub_hubs.sub_hub = 'people' then empty_slots.empty_slot_types end
            as empty_slot_types,
        coalesce(latest.record_count, 0) as record_count,
        latest.last_found_date + sub_hubs.fresh_for_days as stale_date
    from company_target as targets
    cross join (
        values
        ('04.04.04.02', 'people', 365), ('04.04.04.03', 'dol', 550), ('04.04.04.04', 'blog', 90)
    ) as sub_hubs (doctrine_id, sub_hub, fresh_for_days)
    left join latest on targets.target_id = latest.target_id and sub_hubs.sub_hub = latest.sub_hub
    left join empty_slots on targets.target_id = empty_slots.target_id
)

select
    target_id, company_unique_id, doctrine_id, sub_hub, gap_type, empty_slot_types, company_domain,
    bit_tier, outreach_status,
    row_number() over (
        order by bit_score desc nulls last, target_id collate "C", doctrine_id
    ) as priority_rank,
    bit_score, record_count, last_found_date,
    case when gap_type = 'stale' then stale_date else (first_targeted_at at time zone 'UTC')::date
    end as gap_since_date
from gaps
cross join lateral (
    values (
        case
            when record_count = 0 or empty_slot_types is not null then 'missing'
            when stale_date <= :'as_of' then 'stale'
        end
    )
) as judged (gap_type)
where gap_type is not null;

create table rpt_renewal_calendar as
select
    renewals.target_id, renewals.company_unique_id, plan_number, filing_id,
    slots.person_id as hr_person_id, plan_name, company_domain, bit_tier, outreach_status,
    renewal_month, days_until_renewal,
    outreach_start_date - :'as_of'::date as days_until_outreach,
    participant_count_at_start, bit_score,
    coalesce(outreach_start_date <= :'as_of', false) and not is_final_filing as is_outreach_open,
    coalesce(days_until_renewal <= 90, false) and not is_final_filing as is_renewing_in_90_days,
    is_short_plan_year, is_final_filing, plan_year_begin_date, next_renewal_date,
    date_trunc('month', next_renewal_date)::date as next_renewal_month_date, outreach_start_date
from dol_renewals as renewals
left join company_target as targets using (target_id)
left join people_slots as slots
    on renewals.target_id = slots.target_id and slots.slot_type = 'HR';

create table rpt_slot_coverage as
select
    slots.*, company_domain, bit_tier, outreach_status, bit_score,
    candidate_count > 1 as is_contested,
    :'as_of'::date as as_of_date
from people_slots as slots
left join company_target as targets using (target_id);

create table sync_cl__engagement_signals as
select
    company_unique_id, signal_type, engagement_score,
    recent_send_count as send_count, recent_bounce_count as bounce_count,
    recent_open_count as open_count, recent_click_count as click_count,
    recent_reply_count as reply_count, recent_meeting_count as meeting_count,
    recent_unsubscribe_count as unsubscribe_count, window_start_date, window_end_date
from dim_company_targets;

-- the constraints of the models, each table scanned once

do $constraints$
declare
    made record;
begin
    for made in select * from (values
        ('people', 'person_id'),
        ('people_slots', 'target_id, slot_type'),
        ('dol_filings', 'filing_id'),
        ('dol_renewals', 'target_id, plan_number'),
        ('dol_schedule_a', 'schedule_a_id'),
        ('dol_schedule_a_brokers', 'schedule_a_broker_id'),
        ('blog_signals', 'signal_id'),
        ('campaigns', 'campaign_id'),
        ('sequences', 'sequence_id'),
        ('send_log', 'send_id'),
        ('engagement_events', 'event_id'),
        ('dim_people', 'person_id'),
        ('dim_company_targets', 'target_id'),
        ('fct_blog_signals', 'signal_id'),
        ('fct_dol_filings', 'filing_id'),
        ('fct_dol_insurance_contracts', 'schedule_a_id'),
        ('fct_engagement_events', 'event_id'),
        ('fct_sends', 'send_id'),
        ('rpt_campaign_performance', 'campaign_id'),
        ('rpt_enrichment_queue', 'target_id, doctrine_id'),
        ('rpt_renewal_calendar', 'target_id, plan_number'),
        ('rpt_slot_coverage', 'target_id, slot_type')
    ) as tables (name, key)
    loop
        execute format(
            'alter table %I
                add primary key (%s),
                alter column target_id set not null,
                alter column company_unique_id set not null,
                add foreign key (target_id, company_unique_id)
                references company_target (target_id, company_unique_id)
                on delete restrict on update restrict',
            made.name, made.key
        );
    end loop;
end
$constraints$;
alter table send_log alter column loaded_at set not null;
alter table engagement_events alter column loaded_at set not null;
alter table dim_dates add primary key (calendar_date);
alter table rpt_engagement_daily add primary key (activity_date);
alter table sync_cl__engagement_signals
add primary key (company_unique_id),
add foreign key (company_unique_id) references company_target (company_unique_id)
on delete restrict on update restrict;

commit;
