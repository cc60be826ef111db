-- Tells the owner of every change of status or attempt.
create function private.broadcast_generation() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.send_to_owner(new);
  return null;
end;
$$;

comment on function private.broadcast_generation() is 'Trigger of generations: private Broadcast to the owner.';

revoke all on function private.broadcast_generation() from public, anon, authenticated, service_role;
