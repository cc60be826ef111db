-- Frees the semaphore's slots of attempts whose provider call has ended; storing the picture needs none.
create function private.release_slots(provider_finished jsonb) returns void
language sql
security invoker
set search_path = ''
as $$
  update private.generation_attempts as a
  set provider_finished_at = pg_catalog.clock_timestamp()
  from pg_catalog.jsonb_to_recordset(release_slots.provider_finished) as f (generation_id uuid, attempt integer)
  where a.generation_id = f.generation_id
    and a.attempt = f.attempt
    and a.provider_finished_at is null
$$;

comment on function private.release_slots(jsonb) is 'Marks attempts [{"generation_id","attempt"}] as done with the provider.';
revoke all on function private.release_slots(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.release_slots(jsonb) to service_role;
