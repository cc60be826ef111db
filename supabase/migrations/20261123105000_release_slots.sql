-- Frees the semaphore's slots of attempts whose provider call has ended; storing the picture needs none.
create function private.release_slots(provider_finished jsonb) returns void
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
begin
  -- Locked in the order of the key, as the heartbeat does: two of a worker's calls may name the same attempts.
  with done as (
    select h.generation_id, h.attempt
    from private.generation_attempts as h
    join pg_catalog.jsonb_to_recordset(release_slots.provider_finished) as f (generation_id uuid, attempt integer)
      on f.generation_id = h.generation_id and f.attempt = h.attempt
    where h.provider_finished_at is null
    order by h.generation_id, h.attempt
    for no key update of h
  )
  update private.generation_attempts as a
  set provider_finished_at = pg_catalog.clock_timestamp()
  from done as d
  where a.generation_id = d.generation_id and a.attempt = d.attempt;
end;
$$;

comment on function private.release_slots(jsonb) is 'Marks attempts [{"generation_id","attempt"}] as done with the provider.';
revoke all on function private.release_slots(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.release_slots(jsonb) to service_role;
