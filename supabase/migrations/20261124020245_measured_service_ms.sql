-- How long a generation takes now: by those that ended, and by those under way where they are out for longer.
create function private.measured_service_ms() returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  out_for_ms double precision;
  finished_ms double precision;
begin
  -- Over all slots: one call that hangs is no stall. At a steady pace those under way are half done on average,
  -- which is less than what finished ones took. While a lowered limit is not reached yet, over all calls.
  select sum(extract(epoch from pg_catalog.clock_timestamp() - a.claimed_at) * 1000)
    / greatest(1, private.concurrency_limit(), count(*)) into out_for_ms
  from private.generation_attempts as a
  where a.finished_at is null and a.provider_finished_at is null;

  -- The mean says how fast the queue moves. Of few slots fewer attempts count, so that it follows the provider within
  -- some rounds.
  select avg(extract(epoch from coalesce(a.provider_finished_at, a.finished_at) - a.claimed_at) * 1000) into finished_ms
  from (
    select l.claimed_at, l.provider_finished_at, l.finished_at, l.outcome
    from private.generation_attempts as l
    order by l.claimed_at desc
    limit least(200, greatest(20, 4 * private.concurrency_limit()))
  ) as a
  where a.outcome = 'completed';

  return greatest(50, out_for_ms, coalesce(finished_ms, (select q.service_ms from private.queue_state as q)));
end;
$$;

comment on function private.measured_service_ms() is
  'Milliseconds from claim to the end of the provider''s call: the mean of the latest completed attempts, or the mean time the calls under way are out for if that is longer; without either as before.';
revoke all on function private.measured_service_ms() from public, anon, authenticated, service_role;
grant execute on function private.measured_service_ms() to service_role;
