-- Rings for whatever waits, also when the provider's pause ends within the patience of a worker, who waits for it.
create or replace function private.ring_for_waiting() returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
declare
  patience constant interval := '20 seconds'; -- of pump.ts, and longer than two sweeps
begin
  perform private.refresh_queue_state();
  return (
    exists (select 1 from private.object_deletions)
    or exists (select 1 from pgmq.q_bot_messages as b where b.vt <= pg_catalog.clock_timestamp())
    or (
      (
        private.free_slots() > 0
        or exists (
          select 1 from private.provider_state as p
          where p.rate_paused_until between pg_catalog.clock_timestamp() and pg_catalog.clock_timestamp() + patience
        )
      )
      and exists (select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp())
    )
  ) and private.ring_worker('sweep');
end;
$$;
