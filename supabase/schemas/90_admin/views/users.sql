-- select * from admin.users;
create view admin.users with (security_invoker = true) as
select
  u.telegram_id,
  u.first_name,
  u.username,
  u.credits,
  coalesce(g.completed, 0) as completed,
  coalesce(g.failed, 0) as failed,
  coalesce(g.unfinished, 0) as unfinished,
  coalesce(g.blocked_last_hour, 0) as blocked_last_hour,
  coalesce(l.spent, 0) as credits_spent,
  u.created_at,
  u.last_login_at,
  u.id
from public.users as u
left join lateral (
  select
    count(*) filter (where o.status = 'COMPLETED') as completed,
    count(*) filter (where o.status = 'FAILED') as failed,
    count(*) filter (where o.status in ('PENDING', 'PROCESSING')) as unfinished,
    count(*) filter (where o.error_code = 'moderation_blocked' and o.finished_at > now() - interval '1 hour') as blocked_last_hour
  from public.generations as o
  where o.user_id = u.id
) as g on true
left join lateral (
  select -sum(e.delta) as spent
  from public.credit_ledger as e
  where e.user_id = u.id and e.kind in ('generation', 'refund')
) as l on true;

comment on view admin.users is 'Users with balance, generations by end, credits spent. Order and limit as you need: order by last_login_at desc limit 50.';

revoke all on admin.users from public, anon, authenticated, service_role;
