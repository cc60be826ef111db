-- Measures the load at most once a second, by whoever comes first; nobody waits for it.
create function private.refresh_queue_state() returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if exists (
    select 1 from private.queue_state as q
    where q.refreshed_at > pg_catalog.clock_timestamp() - interval '1 second'
  ) or not pg_catalog.pg_try_advisory_xact_lock(7261, 4) then
    return;
  end if;

  update private.queue_state as q
  set
    waiting = (
      select count(*)
      from (select 1 from public.generations as g where g.status = 'PENDING' limit 20000) as pending
    ),
    -- The mean says how fast the queue moves; the latest 200 attempts follow the provider within minutes.
    service_ms = greatest(50, coalesce(
      (
        select avg(extract(epoch from coalesce(a.provider_finished_at, a.finished_at) - a.claimed_at) * 1000)
        from (
          select l.claimed_at, l.provider_finished_at, l.finished_at, l.outcome
          from private.generation_attempts as l
          order by l.claimed_at desc
          limit 200
        ) as a
        where a.outcome = 'completed'
      )::integer,
      q.service_ms
    )),
    refreshed_at = pg_catalog.clock_timestamp()
  where q.singleton; -- the hosted Data API refuses an update without a where clause, in functions too
end;
$$;

comment on function private.refresh_queue_state() is 'Refreshes private.queue_state when it is older than a second and no other session is at it.';
revoke all on function private.refresh_queue_state() from public, anon, authenticated, service_role;
grant execute on function private.refresh_queue_state() to service_role;
