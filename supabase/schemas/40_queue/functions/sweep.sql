-- The guarantee behind the hints: every ten seconds, whatever was lost is found. Safe to run twice at once.
create function private.sweep() returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  batch constant integer := 500;
  step text;
  done jsonb := '{}';
  failed text[] := '{}';
begin
  if not pg_catalog.pg_try_advisory_xact_lock(7261, 2) then
    return pg_catalog.jsonb_build_object('skipped', true);
  end if;

  -- Each step by itself: what one of them meets must not stop the others, the ring least of all.
  foreach step in array array['lost', 'expired', 'repaired', 'rung'] loop
    begin
      done := done || pg_catalog.jsonb_build_object(step, case step
        when 'lost' then to_jsonb(private.expire_leases(batch))
        when 'expired' then to_jsonb(private.expire_waiting(batch))
        when 'repaired' then to_jsonb(private.repair_queue(batch))
        else to_jsonb(private.wake_for_waiting())
      end);
    exception when others then
      failed := failed || step;
      raise warning 'Step "%" of the sweep failed: % (%)', step, sqlerrm, sqlstate;
    end;
  end loop;
  return done || case when failed = '{}' then '{}'::jsonb else pg_catalog.jsonb_build_object('failed', failed) end;
end;
$$;

comment on function private.sweep() is
  'Ends lost attempts, expires overdue jobs, repairs the queue, rings the worker when work waits: {"lost", "expired", "repaired", "rung"}, with "failed" steps if any, or {"skipped": true} beside another sweep. pg_cron runs it every 10 seconds.';

revoke all on function private.sweep() from public, anon, authenticated, service_role;
