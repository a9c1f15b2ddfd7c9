-- Fill the empty sources of a stand-in, as its administrator:
--     psql -v companies=20000 -v seed=7 -f benchmarks/world.sql
--
-- Fills the sources with a world of :companies companies, inside Postgres, the same for the same
-- :seed. A company's index is drawn as N * u^2, so that most companies are small and a few huge; on
-- average it has 3 people, 1.5 filings, 2 signals, 10 sends and 10 events. What belongs together (a
-- send's person, campaign and sequence) is computed from ids, not looked up.

-- uniform in [0, 1), from the seed, a stream and a row; inlined, as are the other functions
create function pg_temp.unit(stream integer, row_number bigint) returns double precision
language sql immutable parallel safe
return (hashint8extended(row_number, :seed * 1000 + stream) & 9007199254740991)::double precision
    / 9007199254740992;

create function pg_temp.company_of(stream integer, row_number bigint) returns bigint
language sql immutable parallel safe
return 1 + floor(:companies * pg_temp.unit(stream, row_number) ^ 2);

-- 60 % UUIDs, 35 % Barton ids (all of one 8-character prefix), 5 % short ids
create temporary table companies as
select
    n as company,
    case
        when n % 20 < 12 then md5('company' || :seed || n)::uuid::text
        when n % 20 < 19 then
            '04.04.01.' || lpad((n % 100)::text, 2, '0')
            || '.' || lpad((n / 100 % 100000)::text, 5, '0')
            || '.' || lpad((n / 10000000)::text, 3, '0')
        else 'C' || n
    end as company_unique_id
from generate_series(1, :companies) as n;
analyze companies;

-- within the two years before noon of 2026-11-24 (UTC)
create function pg_temp.moment(stream integer, row_number bigint) returns timestamptz
language sql immutable parallel safe
return to_timestamp(1795521600 - floor(63072000 * pg_temp.unit(stream, row_number)));

insert into cl.company_identity
select
    companies.company_unique_id,
    'Company ' || n,
    case when n % 10 > 0 then 'company-' || n || '.example' end,
    case when n % 3 > 0 then 'https://linkedin.example/company-' || n end,
    'bench',
    (array['PASS', 'PASS', 'PASS', 'PENDING', 'FAIL'])[1 + n % 5],
    (array['new', 'working', 'customer'])[1 + n % 3],
    pg_temp.moment(1, n) - interval '2 years',
    pg_temp.moment(2, n)
from generate_series(1, :companies) as n
inner join companies on companies.company = n;

insert into cl.bit_scores
select
    companies.company_unique_id,
    round((100 * pg_temp.unit(100 + scoring, n))::numeric, 1),
    timestamptz '2026-10-01+00' + make_interval(days => scoring)
from generate_series(1, :companies) as n
cross join generate_series(1, 2) as scoring
inner join companies on companies.company = n
where n % 10 > 0;

insert into cl.company_eins
select companies.company_unique_id, lpad(n::text, 9, '0')
from generate_series(1, :companies) as n
inner join companies on companies.company = n;

insert into outreach_raw.target_status_changes
select
    'CHG-' || n,
    companies.company_unique_id,
    (array['paused', 'active', 'queued', 'opted_out', 'exhausted'])[1 + n % 5],
    'operator-' || n % 20,
    pg_temp.moment(3, n)
from generate_series(1, :companies / 20) as n
inner join companies on companies.company = pg_temp.company_of(3, n);

insert into outreach_raw.people
select
    'PER-' || n,
    companies.company_unique_id,
    'Person ' || n,
    'Title ' || n % 50,
    'person-' || n || '@company.example',
    n % 3 > 0,
    (array['CEO', 'CFO', 'HR', null, null])[1 + n % 5],
    (array['active', 'active', 'active', 'bounced', 'unsubscribed', 'left'])[1 + n % 6],
    'bench',
    pg_temp.moment(4, n)
from generate_series(1, 3 * :companies) as n
inner join companies on companies.company = pg_temp.company_of(4, n);

insert into outreach_raw.dol_filings (
    filing_id, company_unique_id, form_plan_year_begin_date, form_tax_prd, type_plan_entity_cd,
    initial_filing_ind, amended_ind, final_filing_ind, short_plan_yr_ind, plan_name, spons_dfe_pn,
    plan_eff_date, sponsor_dfe_name, spons_dfe_mail_us_city, spons_dfe_mail_us_state, spons_dfe_ein,
    business_code, tot_partcp_boy_cnt, tot_active_partcp_cnt, type_pension_bnft_code,
    sch_a_attached_ind, num_sch_a_attached_cnt, filing_status, date_received, loaded_at
)
select
    '2025' || lpad(n::text, 12, '0') || 'NAL0001',
    companies.company_unique_id,
    make_date(2022 + (n % 3)::integer, 1 + (n % 12)::integer, 1),
    make_date(2023 + (n % 3)::integer, 1 + (n % 12)::integer, 1) - 1,
    '2', '0', (n % 40 = 0)::integer::text, '0', '0',
    'Plan ' || n, lpad((1 + n % 3)::text, 3, '0'), date '2001-01-01', 'Company ' || owner,
    'Springfield', 'IL', lpad(owner::text, 9, '0'), '541990', n % 5000, n % 4900, '2E2J',
    (n % 2)::text, n % 4, 'FILING_RECEIVED',
    make_date(2023 + (n % 3)::integer, 7, 1 + (n % 28)::integer), timestamptz '2026-11-01+00'
from generate_series(1, 3 * :companies / 2) as n
cross join lateral (values (pg_temp.company_of(5, n))) as drawn (owner)
inner join companies on companies.company = owner;

-- 1 filing in 20 has a Schedule A here, with two brokers
insert into outreach_raw.dol_schedule_a (
    schedule_a_id, filing_id, company_unique_id, form_id, sch_a_plan_year_begin_date,
    sch_a_plan_year_end_date, sch_a_plan_num, sch_a_ein, ins_carrier_name, ins_carrier_ein,
    ins_contract_num, ins_prsn_covered_eoy_cnt, ins_policy_from_date, ins_policy_to_date,
    ins_broker_comm_tot_amt, wlfr_bnft_health_ind, wlfr_bnft_dental_ind, wlfr_tot_charges_paid_amt,
    loaded_at
)
select
    filing_id || ':1', filing_id, company_unique_id, 1, form_plan_year_begin_date, form_tax_prd,
    spons_dfe_pn, spons_dfe_ein, 'Carrier ' || n % 40, lpad((n % 40)::text, 9, '0'),
    lpad(n::text, 9, '0'), tot_active_partcp_cnt, form_plan_year_begin_date, form_tax_prd,
    n % 9000, (n % 3)::text, (n % 7)::text, n % 90000, loaded_at
from outreach_raw.dol_filings
cross join lateral (values (substr(filing_id, 5, 12)::bigint)) as numbered (n)
where n % 20 = 1;

insert into outreach_raw.dol_schedule_a_brokers (
    schedule_a_broker_id, schedule_a_id, filing_id, company_unique_id, form_id, row_order,
    ins_broker_name, ins_broker_us_city, ins_broker_us_state, ins_broker_comm_pd_amt,
    ins_broker_fees_pd_amt, ins_broker_code, loaded_at
)
select
    schedule_a_id || ':' || place, schedule_a_id, filing_id, company_unique_id, form_id, place,
    'Broker ' || ins_prsn_covered_eoy_cnt % 60, 'Springfield', 'IL',
    case when place = 1 then ins_broker_comm_tot_amt end,
    case when place = 2 then ins_broker_comm_tot_amt % 4000 end, '3', loaded_at
from outreach_raw.dol_schedule_a
cross join generate_series(1, 2) as place;

insert into outreach_raw.blog_signals
select
    'SIG-' || n,
    companies.company_unique_id,
    (array['news', 'blog_mention', 'press_release', 'content_engagement'])[1 + n % 4],
    'https://news.example/' || n,
    'Headline ' || n,
    (array['positive', 'neutral', 'negative'])[1 + n % 3],
    pg_temp.unit(7, n),
    (n % 41 - 20)::integer,
    pg_temp.moment(6, n)
from generate_series(1, 2 * :companies) as n
inner join companies on companies.company = pg_temp.company_of(6, n);

-- one campaign of two sequences of four steps a company
insert into outreach_raw.campaigns
select
    'CMP-' || n, companies.company_unique_id, null, 'Campaign ' || n,
    (array['cold_outreach', 'nurture', 'renewal', 'event'])[1 + n % 4],
    (array['draft', 'active', 'paused', 'completed'])[1 + n % 4],
    date '2025-01-01' + (n % 600)::integer, null, pg_temp.moment(8, n)
from generate_series(1, :companies) as n
inner join companies on companies.company = n;

insert into outreach_raw.sequences
select
    'SEQ-' || n || '-' || place, 'CMP-' || n, companies.company_unique_id, 'Sequence ' || place,
    place, 4, 3, 'active'
from generate_series(1, :companies) as n
cross join generate_series(1, 2) as place
inner join companies on companies.company = n;

-- a send's person decides its company; 1 in 50 was first landed in an earlier state
create function pg_temp.person_of(send bigint) returns bigint
language sql immutable parallel safe
return 1 + floor(3 * :companies * pg_temp.unit(9, send));

insert into outreach_raw.send_log
select
    'SND-' || n, 'CMP-' || owner, 'SEQ-' || owner || '-' || 1 + n % 2, 'PER-' || person, null,
    companies.company_unique_id, 'person-' || person || '@company.example', 1 + n / 2 % 4,
    case when state = 0 then 'scheduled' else
        (array['sent', 'delivered', 'delivered', 'delivered', 'delivered', 'bounced', 'failed',
            'delivered'])[1 + n % 8] end,
    at_time - interval '1 hour',
    case when state = 1 then at_time end,
    case when state = 1 and n % 8 not in (0, 5, 6) then at_time + interval '1 minute' end,
    case when state = 1 and n % 8 = 5 then at_time + interval '1 minute' end,
    at_time + make_interval(hours => state)
from generate_series(1, 10 * :companies) as n
cross join lateral (values (pg_temp.person_of(n), pg_temp.moment(9, n)))
    as drawn (person, at_time)
cross join lateral (values (pg_temp.company_of(4, person))) as resolved (owner)
cross join generate_series(0, 1) as state
inner join companies on companies.company = owner
where state = 1 or n % 50 = 0;

-- 1 in 100 comes late, 1 in 50 twice
insert into outreach_raw.engagement_events
select
    'EVT-' || n, 'SND-' || send, 'PER-' || person, null, companies.company_unique_id,
    (array['open', 'open', 'open', 'open', 'open', 'click', 'click', 'reply', 'bounce',
        'meeting_booked'])[1 + n % 10],
    at_time,
    'bench',
    at_time + make_interval(hours => copy, days => case when n % 100 = 7 then 40 else 0 end)
from generate_series(1, 10 * :companies) as n
cross join lateral (values (1 + floor(10 * :companies * pg_temp.unit(10, n))::bigint))
    as drawn (send)
cross join lateral (values (pg_temp.person_of(send), pg_temp.moment(9, send) + interval '1 day'))
    as resolved (person, at_time)
cross join lateral (values (pg_temp.company_of(4, person))) as owned (owner)
cross join generate_series(0, 1) as copy
inner join companies on companies.company = owner
where copy = 0 or n % 50 = 0;
