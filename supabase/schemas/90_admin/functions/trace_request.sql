-- Of admin.trace: how it was asked for and paid, how it got into the queue, what answered the rings until it started.
create function admin.trace_request(generation public.generations)
returns table (at timestamptz, place integer, event text, detail jsonb)
language sql
stable
security invoker
set search_path = ''
as $$
  select (generation).created_at, 1, 'submitted', jsonb_build_object(
    'request_id', (generation).request_id, 'user_id', (generation).user_id, 'size', (generation).size,
    'quality', (generation).quality, 'output_format', (generation).output_format, 'cost', (generation).cost,
    -- The answer is kept for a day, and with an Idempotency-Key alone.
    'promised', (
      select k.answer -> 'queue' from private.idempotency_keys as k where k.generation_id = (generation).id limit 1))
  union all
  select l.created_at, 2, 'credits ' || l.kind, jsonb_build_object('delta', l.delta, 'actor', l.actor)
  from public.credit_ledger as l
  where l.generation_id = (generation).id
  union all
  select (generation).queued_at, 3, 'queued', jsonb_build_object('message_id', (generation).message_id)
  where (generation).queued_at is not null
  union all
  -- Of any ring between the queue and the start: they name no generation.
  (
    select r.created, 4, 'ring answered', jsonb_build_object(
      'status', r.status_code, 'timed_out', nullif(r.timed_out, false), 'error', r.error_msg)
    from net._http_response as r
    where r.created >= (generation).queued_at
      and r.created <= coalesce((generation).started_at, (generation).finished_at, now()) + interval '1 second'
    order by r.created
    limit 20
  )
  union all
  select c.at, 5, c.action, jsonb_build_object('actor', c.actor, 'note', c.note)
  from private.admin_actions as c
  where c.at >= (generation).created_at and c.arguments ->> 'generation_id' = (generation).id::text
$$;

comment on function admin.trace_request(public.generations) is
  'Events of a generation: submission, movements of credits, queue, the first 20 answers to rings, acts of operators.';

revoke all on function admin.trace_request(public.generations) from public, anon, authenticated, service_role;
