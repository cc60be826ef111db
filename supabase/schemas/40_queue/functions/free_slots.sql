-- The semaphore, read: how many images could start now.
create function private.free_slots() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  -- Counted before the pauses are read: an attempt that ends with a pause frees its slot in the pause's own
  -- transaction, so whoever sees the slot free sees the pause as well.
  in_use integer := private.slots_in_use();
begin
  return (
    select case
      when p.paused_until > pg_catalog.clock_timestamp() then 0
      when p.rate_paused_until > pg_catalog.clock_timestamp() then 0
      else greatest(0, private.concurrency_limit() - in_use)
    end
    from private.provider_state as p
  );
end;
$$;

comment on function private.free_slots() is 'Slots of the semaphore that are free now; 0 while paused.';

revoke all on function private.free_slots() from public, anon, authenticated, service_role;
grant execute on function private.free_slots() to service_role;
