-- How long until a job with so many ahead of it starts: what the semaphore and the budget let through.
create function private.expected_wait_seconds(ahead integer) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  concurrency integer := private.concurrency_limit();
begin
  return (
    select least(86400, ceil(
      greatest(
        0,
        coalesce(extract(epoch from nullif(p.paused_until, 'infinity') - pg_catalog.clock_timestamp()), 0),
        coalesce(extract(epoch from p.rate_paused_until - pg_catalog.clock_timestamp()), 0)
      )
      + case
        when concurrency = 0 then 86400
        else greatest(
          expected_wait_seconds.ahead * q.service_ms / 1000.0 / concurrency,
          coalesce(expected_wait_seconds.ahead * 60.0 / s.images_per_minute, 0)
        )
      end
    ))
    from private.settings as s, private.provider_state as p, private.queue_state as q
    where s.singleton and p.singleton and q.singleton
  );
end;
$$;

comment on function private.expected_wait_seconds(integer) is
  'Seconds until a generation with this many ahead starts, from measured service time, live concurrency, budget and pauses; at most 86400.';
revoke all on function private.expected_wait_seconds(integer) from public, anon, authenticated, service_role;
grant execute on function private.expected_wait_seconds(integer) to service_role;
