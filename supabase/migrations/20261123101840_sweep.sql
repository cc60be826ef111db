-- The guarantee behind the hints: every ten seconds, whatever was lost is found. Safe to run twice at once.
create function private.sweep() returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  batch constant integer := 500;
  lost integer;
  expired integer;
  repaired integer;
  rung boolean := false;
begin
  if not pg_catalog.pg_try_advisory_xact_lock(7261, 2) then
    return pg_catalog.jsonb_build_object('skipped', true);
  end if;

  select count(private.lose_attempt(a.generation_id, a.attempt)) into lost
  from (
    select e.generation_id, e.attempt
    from private.generation_attempts as e
    where e.finished_at is null and e.lease_expires_at < pg_catalog.clock_timestamp()
    order by e.generation_id
    limit batch
  ) as a;
  expired := private.expire_waiting(batch);
  repaired := private.repair_queue(batch);
  perform private.clean_up();
  perform private.refresh_queue_state();

  if exists (select 1 from private.object_deletions)
    or exists (select 1 from pgmq.q_bot_messages as b where b.vt <= pg_catalog.clock_timestamp())
    or (
    private.free_slots() > 0
    and exists (select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp())
  ) then
    rung := private.ring_worker('sweep');
  end if;
  return pg_catalog.jsonb_build_object('lost', lost, 'expired', expired, 'repaired', repaired, 'rung', rung);
end;
$$;

comment on function private.sweep() is
  'Ends lost attempts, expires overdue jobs, repairs the queue, cleans up, rings the worker when work waits: {"lost", "expired", "repaired", "rung"}, or {"skipped": true} beside another sweep. pg_cron runs it every 10 seconds.';
revoke all on function private.sweep() from public, anon, authenticated, service_role;
