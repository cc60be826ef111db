-- The answer an Idempotency-Key has already been given.
create function private.replay_generation(user_id uuid, idempotency_key text, request_hash text)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  stored private.idempotency_keys;
begin
  select k.* into stored
  from private.idempotency_keys as k
  where k.user_id = replay_generation.user_id and k.key = replay_generation.idempotency_key;

  if not found then
    return null;
  end if;
  if stored.request_hash is distinct from replay_generation.request_hash then
    raise exception using
      errcode = 'PX409',
      message = 'This Idempotency-Key was used with another request body';
  end if;
  return stored.answer;
end;
$$;

comment on function private.replay_generation(uuid, text, text) is
  'The first answer under this key, or null; raises PX409 when the key came with another body.';
revoke all on function private.replay_generation(uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function private.replay_generation(uuid, text, text) to service_role;
