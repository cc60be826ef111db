-- The pace of the slots by itself: what the image budget lets start is not spread evenly over the minute.
drop function private.queue_speed();

create function private.queue_speed(
  out pause_seconds numeric,
  out slot_seconds numeric,
  out seconds_each numeric
)
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  concurrency integer := private.concurrency_limit();
begin
  select
    case when concurrency = 0 or p.paused_until = 'infinity' then 86400 else greatest(
      0,
      coalesce(extract(epoch from p.paused_until - pg_catalog.clock_timestamp()), 0),
      coalesce(extract(epoch from p.rate_paused_until - pg_catalog.clock_timestamp()), 0)
    ) end,
    q.service_ms / 1000.0 / nullif(concurrency, 0),
    greatest(q.service_ms / 1000.0 / nullif(concurrency, 0), coalesce(60.0 / s.images_per_minute, 0))
  into pause_seconds, slot_seconds, seconds_each
  from private.settings as s, private.provider_state as p, private.queue_state as q
  where s.singleton and p.singleton and q.singleton;
end;
$$;

comment on function private.queue_speed() is
  'Seconds until the queue moves at all (86400 while nothing may run or an operator has paused), seconds each waiting generation adds by the slots alone (null without any), and in the long run, the image budget included.';
revoke all on function private.queue_speed() from public, anon, authenticated, service_role;
grant execute on function private.queue_speed() to service_role;
