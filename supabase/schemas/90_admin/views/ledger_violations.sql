-- select * from admin.ledger_violations;   -- returns no row, ever
create view admin.ledger_violations with (security_invoker = true) as
with entry as (
  select
    g.id, g.user_id, g.status, g.cost,
    sum(l.delta) filter (where l.kind = 'generation') as debit,
    sum(l.delta) filter (where l.kind = 'refund') as refund,
    sum(l.delta) filter (where l.kind = 'goodwill') as goodwill
  from public.generations as g
  left join public.credit_ledger as l on l.generation_id = g.id
  group by g.id
)
select 'balance_differs_from_ledger' as violation, u.id as user_id, null::uuid as generation_id,
  format('balance %s, sum of ledger %s', u.credits, coalesce(s.total, 0)) as detail
from public.users as u
left join (select l.user_id, sum(l.delta) as total from public.credit_ledger as l group by l.user_id) as s
  on s.user_id = u.id
where u.credits <> coalesce(s.total, 0)
union all
select 'generation_without_debit', e.user_id, e.id, format('cost %s, debit %s', e.cost, coalesce(e.debit, 0))
from entry as e
where e.debit is distinct from -e.cost
union all
select 'ended_without_refund', e.user_id, e.id, format('%s, cost %s, refund %s', e.status, e.cost, coalesce(e.refund, 0))
from entry as e
where e.status in ('FAILED', 'CANCELLED') and e.refund is distinct from e.cost
union all
select 'refund_without_end', e.user_id, e.id, format('%s, refund %s', e.status, e.refund)
from entry as e
where e.status in ('PENDING', 'PROCESSING', 'COMPLETED') and e.refund is not null
union all
select 'goodwill_in_excess', e.user_id, e.id, format('%s, cost %s, goodwill %s', e.status, e.cost, e.goodwill)
from entry as e
where e.goodwill is not null and (e.status <> 'COMPLETED' or e.goodwill <> e.cost)
union all
select 'entry_of_another_user', l.user_id, l.generation_id, format('ledger entry %s', l.id)
from public.credit_ledger as l
join public.generations as g on g.id = l.generation_id
where g.user_id <> l.user_id
union all
select 'completed_without_attempt', g.user_id, g.id, format('attempt %s', g.attempt)
from public.generations as g
where g.status = 'COMPLETED' and not exists (
  select 1 from private.generation_attempts as a
  where a.generation_id = g.id and a.attempt = g.attempt and a.outcome in ('completed', 'recovered'))
union all
select 'signup_granted_twice', l.user_id, null, format('%s times', count(*))
from public.credit_ledger as l
where l.kind = 'signup'
group by l.user_id
having count(*) > 1;

comment on view admin.ledger_violations is 'What must never be: a balance that is not the sum of its ledger, a debit or refund missing or in excess. Empty, ever.';

revoke all on admin.ledger_violations from public, anon, authenticated, service_role;
