-- select * from admin.daily_usage limit 14;
create view admin.daily_usage with (security_invoker = true) as
select
  d.day,
  d.submitted,
  d.completed,
  d.failed,
  d.cancelled,
  d.users,
  d.credits_debited,
  d.credits_refunded,
  a.provider_calls,
  a.failed_attempts,
  a.median_latency_ms,
  a.total_tokens
from (
  select
    (g.created_at at time zone 'utc')::date as day,
    count(*) as submitted,
    count(*) filter (where g.status = 'COMPLETED') as completed,
    count(*) filter (where g.status = 'FAILED') as failed,
    count(*) filter (where g.status = 'CANCELLED') as cancelled,
    count(distinct g.user_id) as users,
    sum(g.cost) as credits_debited,
    coalesce(sum(g.cost) filter (where g.status in ('FAILED', 'CANCELLED')), 0) as credits_refunded
  from public.generations as g
  group by 1
) as d
left join (
  select
    (t.claimed_at at time zone 'utc')::date as day,
    count(*) filter (where t.model is not null) as provider_calls,
    count(*) filter (where t.outcome not in ('completed', 'recovered')) as failed_attempts,
    percentile_cont(0.5) within group (order by t.latency_ms) filter (where t.outcome = 'completed') as median_latency_ms,
    sum((t.usage ->> 'total_tokens')::bigint) as total_tokens
  from private.generation_attempts as t
  group by 1
) as a on a.day = d.day
order by d.day desc;

comment on view admin.daily_usage is 'By UTC day, newest first: generations by end, users, credits, provider calls, failed attempts, median latency, tokens.';

revoke all on admin.daily_usage from public, anon, authenticated, service_role;
