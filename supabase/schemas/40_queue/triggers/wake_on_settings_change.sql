-- A limit that is raised is used at once.
create function private.wake_on_settings_change() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.wake_for_waiting();
  return null;
end;
$$;

comment on function private.wake_on_settings_change() is
  'Trigger of settings: wakes a worker if something waits that it could do now.';

revoke all on function private.wake_on_settings_change() from public, anon, authenticated, service_role;
