-- The one way in: accepts a batch of submissions in one transaction. Debit, row and message of each stand or fall together.
create function public.submit_generations(submissions jsonb) returns jsonb
language plpgsql
security invoker
set search_path = ''
-- As private.admit_submissions.
set plan_cache_mode = force_generic_plan
as $$
declare
  rate_limit_per_minute integer := (select s.rate_limit_per_minute from private.settings as s);
  locked_user_ids uuid[] := private.lock_submitters(submit_generations.submissions);
  instant timestamptz;
  answers jsonb;
begin
  perform private.measure_service_time();
  instant := pg_catalog.clock_timestamp();
  with judged as materialized (
    select a.* from private.admit_submissions(submit_generations.submissions, locked_user_ids) as a
  ), accepted as materialized (
    select j.*, (j.submission ->> 'generation_id')::uuid as generation_id,
      -- One after another, as the list of generations is ordered by it.
      instant + j.place * interval '1 microsecond' as created_at
    from judged as j
    where j.outcome = 'accepted'
  ), sent as materialized (
    select batch.generation_ids[m.ordinality] as generation_id, m.id as message_id
    from (
      select array_agg(a.generation_id order by a.place) as generation_ids,
        array_agg(pg_catalog.jsonb_build_object('generation_id', a.generation_id) order by a.place) as messages
      from accepted as a where a.enters_queue having count(*) > 0
    ) as batch
    -- All four arguments: the shorter forms are wrappers, planned at every call.
    cross join lateral pgmq.send_batch('generations', batch.messages, null::jsonb[], instant)
      with ordinality as m (id, ordinality)
  ), inserted as (
    insert into public.generations as g
      (id, user_id, prompt, size, quality, output_format, cost, created_at, message_id, queued_at, request_id)
    select
      a.generation_id, a.user_id, a.submission ->> 'prompt', a.submission ->> 'size', a.submission ->> 'quality',
      a.submission ->> 'output_format', a.price, a.created_at, s.message_id,
      case when s.message_id is not null then a.created_at end, a.submission ->> 'request_id'
    from accepted as a
    left join sent as s on s.generation_id = a.generation_id
    order by a.place
    returning g
  ), charged as (
    insert into public.credit_ledger (user_id, delta, kind, generation_id)
    select (i.g).user_id, -(i.g).cost, 'generation', (i.g).id from inserted as i
  ), answered as (
    select a.place, a.submission, a.user_id, a.generation_id,
      private.submission_answer(i.g, a.balance - a.price, a.estimate) as answer
    from accepted as a
    join inserted as i on (i.g).id = a.generation_id
  ), noted as (
    insert into private.idempotency_keys (user_id, key, request_hash, generation_id, answer)
    select a.user_id, a.submission ->> 'idempotency_key', a.submission ->> 'request_hash', a.generation_id, a.answer
    from answered as a
    where a.submission ->> 'idempotency_key' is not null
  )
  select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
    'outcome', case when j.outcome = 'repeated' then 'accepted' else j.outcome end,
    'answer', coalesce(a.answer, j.answer),
    'refusal', j.refusal,
    'rate_limit', j.rate_limit,
    'rate_limit_per_minute', rate_limit_per_minute) order by j.place)
  into answers
  from judged as j
  left join answered as a on a.place = j.place;
  return coalesce(answers, '[]');
end;
$$;

comment on function public.submit_generations(jsonb) is
  'Accepts submissions: an array of {generation_id, user_id, session_id, prompt, size, quality, output_format, idempotency_key, request_hash, enforce_rate_limit, request_id}, all validated. Gives an array in the same order of {"outcome", "answer", "refusal", "rate_limit", "rate_limit_per_minute"}: accepted or replayed (answer: {id, status, created_at, credits, queue, poll_after_ms}), refused (refusal: {code, message, detail}; nothing was charged) or busy (another transaction holds the user: to be tried again). Waits for no user''s lock. Functions only.';

revoke all on function public.submit_generations(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.submit_generations(jsonb) to service_role;
