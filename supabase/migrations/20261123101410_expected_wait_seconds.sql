-- How long until a job with so many ahead of it starts: what the semaphore and the budget let through.
create function private.expected_wait_seconds(ahead integer) returns integer
language sql
volatile
security invoker
set search_path = ''
as $$
  select least(86400, ceil(
    greatest(
      0,
      coalesce(extract(epoch from nullif(p.paused_until, 'infinity') - pg_catalog.clock_timestamp()), 0),
      coalesce(extract(epoch from p.rate_paused_until - pg_catalog.clock_timestamp()), 0)
    )
    + case
      when private.concurrency_limit() = 0 then 86400
      else greatest(
        expected_wait_seconds.ahead * q.service_ms / 1000.0 / private.concurrency_limit(),
        coalesce(expected_wait_seconds.ahead * 60.0 / s.images_per_minute, 0)
      )
    end
  ))::integer
  from private.settings as s, private.provider_state as p, private.queue_state as q
$$;

comment on function private.expected_wait_seconds(integer) is
  'Seconds until a generation with this many ahead starts, from measured service time, live concurrency, budget and pauses; at most 86400.';
revoke all on function private.expected_wait_seconds(integer) from public, anon, authenticated, service_role;
grant execute on function private.expected_wait_seconds(integer) to service_role;
