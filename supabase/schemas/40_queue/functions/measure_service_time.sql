-- Measures the service time at most once a second, in one session at a time; no other waits for it.
create function private.measure_service_time() returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
  finished_ms double precision;
  under_way_ms double precision;
begin
  if exists (
    select 1 from private.queue_state as q where q.measured_at between instant - interval '1 second' and instant + interval '1 minute'
  ) or not pg_catalog.pg_try_advisory_xact_lock(7261, 4) then
    return;
  end if;

  select avg(extract(epoch from coalesce(a.provider_finished_at, a.finished_at) - a.claimed_at) * 1000) into finished_ms
  from (
    select l.claimed_at, l.provider_finished_at, l.finished_at, l.outcome
    from private.generation_attempts as l
    order by l.claimed_at desc
    limit 100
  ) as a
  where a.outcome = 'completed';

  -- Calls under way for longer than that say that the provider has slowed. Over all slots: one that hangs is no stall.
  select sum(extract(epoch from instant - a.claimed_at) * 1000)
    / greatest(1, private.concurrency_limit(), count(*)) into under_way_ms
  from private.generation_attempts as a
  where a.finished_at is null and a.provider_finished_at is null and a.lease_expires_at > instant;

  update private.queue_state as q
  set
    service_ms = least(3600000, greatest(50, under_way_ms, coalesce(finished_ms, q.service_ms))),
    measured_at = instant
  where q.singleton; -- the hosted Data API refuses an update without a where clause, in functions too
end;
$$;

comment on function private.measure_service_time() is
  'Writes queue_state.service_ms, unless it is younger than a second: the mean of the latest completed attempts, or the age of the calls under way where that is longer. Cannot raise.';

revoke all on function private.measure_service_time() from public, anon, authenticated, service_role;
grant execute on function private.measure_service_time() to service_role;
