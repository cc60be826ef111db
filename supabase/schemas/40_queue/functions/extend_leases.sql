-- The heartbeat: moves on the leases a worker still holds, and the visibility of their messages with them.
create function public.extend_leases(worker_id uuid, attempts jsonb) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  lease integer := (select s.lease_seconds from private.settings as s);
  held uuid[];
  held_message bigint;
begin
  -- A lease that has run out is not revived: its slot may already be another's.
  -- Locked in the order of the key, as release_slots does: the two would wait for one another.
  with named as (
    select n.generation_id, n.attempt
    from private.generation_attempts as n
    join pg_catalog.jsonb_to_recordset(extend_leases.attempts) as f (generation_id uuid, attempt integer)
      on f.generation_id = n.generation_id and f.attempt = n.attempt
    where n.worker_id = extend_leases.worker_id and n.finished_at is null
    order by n.generation_id, n.attempt
    for no key update of n
  ), extended as (
    update private.generation_attempts as a
    set lease_expires_at = pg_catalog.clock_timestamp() + make_interval(secs => lease)
    from named as n
    where a.generation_id = n.generation_id
      and a.attempt = n.attempt
      and a.lease_expires_at > pg_catalog.clock_timestamp()
    returning a.generation_id
  )
  select array_agg(e.generation_id) into held from extended as e;

  for held_message in
    select g.message_id from public.generations as g
    where g.id = any (held) and g.message_id is not null
    order by g.message_id
  loop
    perform pgmq.set_vt('generations', held_message, lease);
  end loop;
  return coalesce(to_jsonb(held), '[]');
end;
$$;

comment on function public.extend_leases(uuid, jsonb) is
  'Extends leases [{"generation_id","attempt"}] of this worker by settings.lease_seconds; gives the generation ids still held. Functions only.';

revoke all on function public.extend_leases(uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.extend_leases(uuid, jsonb) to service_role;
