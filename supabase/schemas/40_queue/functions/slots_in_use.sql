-- The semaphore's count: attempts that hold a lease and whose provider call has not ended.
create function private.slots_in_use() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile -- a claim must count what was committed while it waited for its lock
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*)
    from private.generation_attempts as a
    where a.finished_at is null
      and a.provider_finished_at is null
      and a.lease_expires_at > pg_catalog.clock_timestamp()
  );
end;
$$;

comment on function private.slots_in_use() is 'Images in flight at the provider, over all workers.';

revoke all on function private.slots_in_use() from public, anon, authenticated, service_role;
grant execute on function private.slots_in_use() to service_role;
