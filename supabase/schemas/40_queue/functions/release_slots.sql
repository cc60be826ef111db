-- Frees the semaphore of attempts whose provider call has ended.
create function private.release_slots(provider_finished jsonb) returns void
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
declare
  done record;
begin
  -- Locked in the order of the key, as the heartbeat does: two of a worker's calls may name the same attempts.
  for done in
    select f.generation_id, f.attempt
    from pg_catalog.jsonb_to_recordset(release_slots.provider_finished) as f (generation_id uuid, attempt integer)
    order by f.generation_id, f.attempt
  loop
    update private.generation_attempts as a
    set provider_finished_at = pg_catalog.clock_timestamp()
    where a.generation_id = done.generation_id and a.attempt = done.attempt and a.provider_finished_at is null;
  end loop;
end;
$$;

comment on function private.release_slots(jsonb) is 'Marks attempts [{"generation_id","attempt"}] as done with the provider.';

revoke all on function private.release_slots(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.release_slots(jsonb) to service_role;
