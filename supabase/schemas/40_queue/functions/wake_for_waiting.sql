-- Wakes a worker when there is something that it could do now.
create function private.wake_for_waiting() returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
begin
  return (
    exists (select 1 from private.object_deletions)
    or exists (select 1 from pgmq.q_bot_messages as b where b.vt <= instant)
    or (
      (
        private.free_slots() > 0
        -- A worker waits as long for the end of a pause.
        or exists (
          select 1 from private.provider_state as p
          where p.rate_paused_until between instant and instant + interval '20 seconds')
      )
      and exists (select 1 from pgmq.q_generations as q where q.vt <= instant)
    )
  ) and private.wake_workers('sweep');
end;
$$;

comment on function private.wake_for_waiting() is
  'Wakes a worker if a generation can start, an object is to be removed or a bot message is due. True when it rang.';

revoke all on function private.wake_for_waiting() from public, anon, authenticated, service_role;
