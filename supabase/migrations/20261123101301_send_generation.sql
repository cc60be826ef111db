-- The one place a message is made.
create function private.send_generation(generation_id uuid) returns bigint
language sql
security invoker
set search_path = ''
as $$
  select s from pgmq.send('generations', pg_catalog.jsonb_build_object('generation_id', send_generation.generation_id)) as s
$$;

comment on function private.send_generation(uuid) is 'Sends {"generation_id"} to the tail of the queue; the message id.';
revoke all on function private.send_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function private.send_generation(uuid) to service_role;
