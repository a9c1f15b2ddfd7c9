-- Changes a share of what a world has landed, as its administrator:
--     psql -v batch=1 -v share=0.001 -f benchmarks/changes.sql
--
-- New companies with a campaign, new and changed people, new filings, signals, scores and events,
-- new sends and later states of old ones: of each, that share of the rows. The same for the same
-- batch. A batch comes an hour after the one before it, and after all that the world holds.

create function pg_temp.is_drawn(id text) returns boolean
language sql immutable parallel safe
return (hashtextextended(id, :batch) & 1073741823)::double precision / 1073741824 < :share;

create function pg_temp.moment() returns timestamptz
language sql immutable parallel safe
return timestamptz '2026-11-25 00:00+00' + interval '1 hour' * :batch;

create temporary table fresh on commit drop as
select company_unique_id, 'N' || :batch || '-' || company_unique_id as new_id
from cl.company_identity
where pg_temp.is_drawn(company_unique_id);

insert into cl.company_identity
select
    new_id, 'New ' || new_id, null, null, 'bench', 'PASS', 'new',
    pg_temp.moment(), pg_temp.moment()
from fresh;

insert into cl.bit_scores
select company_unique_id, 50, pg_temp.moment()
from fresh;

insert into outreach_raw.campaigns
select
    'CMP-' || new_id, new_id, null, 'Campaign of ' || new_id, 'nurture', 'active',
    date '2026-11-25', null, pg_temp.moment()
from fresh;

insert into outreach_raw.sequences
select 'SEQ-' || new_id || '-' || place, 'CMP-' || new_id, new_id, 'Sequence', place, 4, 3, 'active'
from fresh
cross join generate_series(1, 2) as place;

insert into outreach_raw.people
select
    'PER-' || new_id || '-' || place, new_id, 'Person of ' || new_id, 'Title', null, true, 'CEO',
    'active', 'bench', pg_temp.moment()
from fresh
cross join generate_series(1, 2) as place;

update outreach_raw.people
set title = 'Changed in batch ' || :batch
where pg_temp.is_drawn(person_id) and person_id like '%7';

insert into outreach_raw.dol_filings
select
    (
        jsonb_populate_record(
            filings,
            jsonb_build_object(
                'filing_id', 'B' || :batch || '-' || filing_id,
                'form_plan_year_begin_date', '2026-01-01',
                'date_received', '2026-11-01',
                'loaded_at', pg_temp.moment()
            )
        )
    ).*
from outreach_raw.dol_filings as filings
where pg_temp.is_drawn(filing_id);

insert into outreach_raw.blog_signals
select
    'B' || :batch || '-' || signal_id, company_unique_id, signal_type, source_url, headline,
    sentiment, relevance_score, bit_impact, pg_temp.moment()
from outreach_raw.blog_signals
where pg_temp.is_drawn(signal_id);

-- half of them new, half of them a later state
insert into outreach_raw.send_log
select
    case when is_new then 'B' || :batch || '-' || send_id else send_id end,
    campaign_id, sequence_id, person_id, target_id, company_unique_id, email_to, sequence_step,
    'delivered', scheduled_at,
    case when is_new then timestamptz '2026-11-24 12:00+00' else coalesce(sent_at, scheduled_at) end,
    pg_temp.moment(), null, pg_temp.moment()
from outreach_raw.send_log
cross join lateral (values (send_id like '%0' or send_id like '%5')) as drawn (is_new)
where pg_temp.is_drawn(send_id) and send_status <> 'scheduled'
    and loaded_at < timestamptz '2026-11-25 00:00+00';

insert into outreach_raw.engagement_events
select distinct
    'B' || :batch || '-' || event_id, send_id, person_id, target_id, company_unique_id, event_type,
    timestamptz '2026-11-24 18:00+00', source_system, pg_temp.moment()
from outreach_raw.engagement_events
where pg_temp.is_drawn(event_id);
