-- How many generations wait in the queue: the place that the next message would have.
create function private.queue_length() returns integer
language plpgsql
security invoker
set search_path = ''
-- As private.place_in_queue.
set enable_seqscan = off
set enable_bitmapscan = off
as $$
begin
  return coalesce((
    select private.place_in_queue(max(g.message_id) + 1) from public.generations as g where g.status = 'PENDING'
  ), 0);
end;
$$;

comment on function private.queue_length() is
  'PENDING generations that have a message: exact below 200, estimated beyond. Cannot raise.';

revoke all on function private.queue_length() from public, anon, authenticated, service_role;
grant execute on function private.queue_length() to service_role;
