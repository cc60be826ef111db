-- Tells the owner of every change of status or attempt, on the private topic user:<id>.
create function private.broadcast_generation() returns trigger
language plpgsql
security definer -- realtime.messages takes no insert from service_role without a policy
set search_path = ''
as $$
begin
  perform realtime.send(
    pg_catalog.jsonb_build_object(
      'id', new.id,
      'status', new.status,
      'version', new.version,
      'public_url', new.public_url,
      'error_code', new.error_code
    ),
    'generation',
    'user:' || new.user_id::text,
    true
  );
  return null;
end;
$$;

comment on function private.broadcast_generation() is 'Trigger of generations: private Broadcast "generation" to user:<user id>. realtime.send never fails the transaction.';
revoke all on function private.broadcast_generation() from public, anon, authenticated, service_role;

create trigger generations_are_broadcast
  after update on public.generations
  for each row
  when (old.status is distinct from new.status or old.attempt is distinct from new.attempt)
  execute function private.broadcast_generation();
