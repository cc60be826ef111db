-- Rings for whatever waits: jobs that could start, pictures to remove, messages to send.
create function private.ring_for_waiting() returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.refresh_queue_state();
  return (
    exists (select 1 from private.object_deletions)
    or exists (select 1 from pgmq.q_bot_messages as b where b.vt <= pg_catalog.clock_timestamp())
    or (
      private.free_slots() > 0
      and exists (select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp())
    )
  ) and private.ring_worker('sweep');
end;
$$;

comment on function private.ring_for_waiting() is 'Rings the worker if something waits that it could do now; true when it rang.';
revoke all on function private.ring_for_waiting() from public, anon, authenticated, service_role;
