-- A limit that is raised is used at once: the worker is rung, and need not be found by the sweep ten seconds later.
create function private.ring_after_tuning() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.ring_for_waiting();
  return null;
end;
$$;

comment on function private.ring_after_tuning() is 'Trigger of settings: rings the worker if something waits that it could do now.';
revoke all on function private.ring_after_tuning() from public, anon, authenticated, service_role;

-- Deferred to the commit: an operator who leaves a transaction open must not hold the doorbell meanwhile.
create constraint trigger settings_change_rings
  after update on private.settings
  deferrable initially deferred
  for each row when (old.* is distinct from new.*)
  execute function private.ring_after_tuning();
