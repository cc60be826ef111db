-- Nobody is rung for while the image budget is spent: its end is waited for by the worker the sweep rings.
create or replace function private.ring_worker(source text, times integer default 1) returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if not pg_catalog.pg_try_advisory_xact_lock(7261, 3) then
    return false;
  end if;

  if ring_worker.source <> 'sweep' then
    -- An unanswered ring younger than a second is still on its way; an older one counts as lost.
    if exists (
      select 1
      from private.doorbell as rung, private.doorbell as answered
      where rung.event = 'rung' and answered.event = 'answered'
        and rung.at > answered.at
        and rung.at > pg_catalog.clock_timestamp() - interval '1 second'
    ) then
      return false;
    end if;
    if private.free_slots() = 0 or private.images_in_budget() = 0 then
      return false;
    end if;
  end if;

  if not private.post_to_worker(ring_worker.source, ring_worker.times) then
    return false;
  end if;
  update private.doorbell as d set at = pg_catalog.clock_timestamp() where d.event = 'rung';
  return true;
end;
$$;

comment on function private.ring_worker(text, integer) is
  'Rings the worker, unless a ring is unanswered, no slot is free or the image budget is spent. source: webhook, worker or sweep, which rings anyway; times: how many workers the free slots are for. True when it rang.';
