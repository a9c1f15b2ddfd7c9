-- One company is paused by an operator.

insert into outreach_raw.target_status_changes
select
    'CHG-paused', company_unique_id, 'paused', 'operator', timestamptz '2026-11-24 23:00+00'
from cl.company_identity
order by company_unique_id
limit 1;
