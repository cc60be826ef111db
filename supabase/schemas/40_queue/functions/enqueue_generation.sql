-- Puts one row into the queue, at its tail.
create function private.enqueue_generation(generation_id uuid) returns bigint
language plpgsql
security invoker
set search_path = ''
as $$
declare
  sent bigint := private.send_generation(enqueue_generation.generation_id);
begin

  update public.generations as g
  set message_id = sent, queued_at = coalesce(g.queued_at, pg_catalog.clock_timestamp())
  where g.id = enqueue_generation.generation_id;
  return sent;
end;
$$;

comment on function private.enqueue_generation(uuid) is 'Sends {"generation_id"} to the queue and notes the message in the row; the message id.';

revoke all on function private.enqueue_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function private.enqueue_generation(uuid) to service_role;
