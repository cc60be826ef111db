-- Of admin.trace: its end with the reason; before that, how it stands at this moment.
create function admin.trace_end(generation public.generations)
returns table (at timestamptz, place integer, event text, detail jsonb)
language sql
volatile -- measures the queue
security invoker
set search_path = ''
as $$
  select (generation).finished_at, 13, (generation).status, jsonb_build_object(
    'error_code', (generation).error_code,
    'reason', (
      select a.error_message from private.generation_attempts as a
      where a.generation_id = (generation).id and (generation).status <> 'COMPLETED'
      order by a.attempt desc limit 1),
    'dead_letter', (
      select q.message from pgmq.a_generations as q
      where q.message ->> 'generation_id' = (generation).id::text order by q.archived_at desc limit 1),
    'public_url', (generation).public_url)
  where (generation).finished_at is not null
  union all
  select pg_catalog.clock_timestamp(), 14, 'now ' || (generation).status, jsonb_build_object(
    'queue', private.queue_estimate(generation),
    'claimable_at', (select q.vt from pgmq.q_generations as q where q.msg_id = (generation).message_id),
    'paused', p.pause_kind, 'paused_until', p.paused_until, 'pause_note', p.pause_note,
    'rate_paused_until', case when p.rate_paused_until > now() then p.rate_paused_until end)
  from private.provider_state as p
  where (generation).finished_at is null
$$;

comment on function admin.trace_end(public.generations) is
  'The end of a generation with its reason and dead letter, or its place, its message and the pauses at this moment.';

revoke all on function admin.trace_end(public.generations) from public, anon, authenticated, service_role;
