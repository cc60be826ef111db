-- The doorbell: an empty POST to the worker, debounced over all sessions. Never blocks: where the lock is taken, its
-- holder rings. A ring that is skipped while another transaction is uncommitted is made up for by the sweep.
create function private.wake_workers(source text, times integer default 1) returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
begin
  if not pg_catalog.pg_try_advisory_xact_lock(7261, 3) then
    return false;
  end if;

  if wake_workers.source <> 'sweep' then
    -- An unanswered ring younger than a second is still on its way. A worker's own rings, for others, come once a second.
    if exists (
      select 1
      from private.doorbell as rung, private.doorbell as answered
      where rung.event = 'rung' and answered.event = 'answered'
        -- One far ahead is of a clock that was set back since.
        and rung.at between instant - interval '1 second' and instant + interval '1 minute'
        and (wake_workers.source = 'worker' or rung.at > coalesce(answered.at, '-infinity'))
    ) then
      return false;
    end if;
    if private.free_slots() = 0 or private.images_in_budget() <= 0 then
      return false;
    end if;
  end if;

  if not private.post_to_worker(wake_workers.source, wake_workers.times) then
    return false;
  end if;
  update private.doorbell as d set at = pg_catalog.clock_timestamp() where d.event = 'rung';
  return true;
end;
$$;

comment on function private.wake_workers(text, integer) is
  'Queues times webhooks to the worker, unless a ring is unanswered, no slot is free or the image budget is spent. source: webhook, worker, or sweep, which rings in any case. True when it rang.';

revoke all on function private.wake_workers(text, integer) from public, anon, authenticated, service_role;
grant execute on function private.wake_workers(text, integer) to service_role;
