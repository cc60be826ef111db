-- A batch leaves those to submit_generation who would wait in their lanes for longer than max_queue_seconds.
create or replace function public.submit_generations(submissions jsonb) returns jsonb
language plpgsql
security invoker
set search_path = ''
-- Planning the one large statement anew takes as long as running it for ten submissions.
set plan_cache_mode = force_generic_plan
as $$
declare
  tuning private.settings;
  load private.queue_state;
  service_seconds numeric;
  tail record;
  speed record;
  leaving double precision[];
  room integer;
  refusals jsonb;
  instant timestamptz;
  answers jsonb;
begin
  select a.room, a.refusals into room, refusals from private.admit_batch(submissions) as a;
  if refusals is not null then
    return refusals;
  end if;
  select s.* into tuning from private.settings as s;
  select q.* into load from private.queue_state as q;
  service_seconds := load.service_ms / 1000.0;
  select t.* into tail from private.queue_tail() as t;
  select s.* into speed from private.queue_speed() as s;
  leaving := private.budget_leaving();
  instant := pg_catalog.clock_timestamp();

  with judged as materialized (
    select p.*, case when p.enforce_rate_limit then
      public.take_rate_limit_token('generation', p.user_id::text, tuning.rate_limit_per_minute) end as bucket
    from private.placed_submissions(submissions, room, tail, speed, leaving) as p
  ), accepted as materialized (
    select j.*, instant + row_number() over (order by j.place) * interval '1 microsecond' as created_at,
      (count(*) filter (where j.enters_queue)
        over (order by j.place rows between unbounded preceding and 1 preceding))::integer as sent_earlier
    from judged as j
    where j.bucket is null or (j.bucket -> 'allowed')::boolean
  ), sent as materialized (
    select batch.generation_ids[m.ordinality] as generation_id, m.id as message_id
    from (
      select array_agg(a.generation_id order by a.place) as generation_ids,
        array_agg(pg_catalog.jsonb_build_object('generation_id', a.generation_id) order by a.place) as messages
      from accepted as a where a.enters_queue having count(*) > 0
    ) as batch
    cross join lateral pgmq.send_batch('generations', batch.messages, null::jsonb[], instant)
      with ordinality as m (id, ordinality)
  ), inserted as (
    insert into public.generations
      (id, user_id, prompt, size, quality, output_format, cost, created_at, message_id, queued_at)
    select a.generation_id, a.user_id, a.prompt, a.size, a.quality, a.output_format, a.price, a.created_at,
      s.message_id, case when s.message_id is not null then a.created_at end
    from accepted as a left join sent as s on s.generation_id = a.generation_id
    order by a.place
    returning id, user_id, status, cost
  ), charged as (
    insert into public.credit_ledger (user_id, delta, kind, generation_id)
    select i.user_id, -i.cost, 'generation', i.id from inserted as i
  ), answered as (
    select a.*, pg_catalog.jsonb_build_object(
        'id', i.id, 'status', i.status, 'created_at', a.created_at, 'credits', a.balance - a.price,
        'queue', pg_catalog.jsonb_build_object('position', ahead.place + 1, 'eta_seconds', wait.seconds),
        'poll_after_ms', private.poll_after_ms(i.status, wait.seconds)
      ) as answer
    from accepted as a
    join inserted as i on i.id = a.generation_id
    left join sent as s on s.generation_id = a.generation_id
    cross join lateral (
      select case
        when s.message_id is null then a.lane_place
        -- As place_in_queue; where so few are in the queue admit lets in one after another, so the count is exact.
        when tail.in_queue < 200 then tail.in_queue + a.sent_earlier
        else greatest(200, round((s.message_id - tail.oldest_message_id) * load.queued_share))
      end::integer as place
      offset 0 -- evaluated once, though it is used three times
    ) as ahead
    cross join lateral (
      select (ceil(service_seconds) + coalesce(
        a.lane_seconds, private.wait_behind(ahead.place, speed, tuning.images_per_minute, leaving)))::integer as seconds
      offset 0
    ) as wait
  ), noted as (
    insert into private.idempotency_keys (user_id, key, request_hash, generation_id, answer)
    select a.user_id, a.idempotency_key, a.request_hash, a.generation_id, a.answer
    from answered as a where a.idempotency_key is not null
  )
  select pg_catalog.jsonb_agg(case when a.answer is not null then pg_catalog.jsonb_build_object(
    'replayed', false, 'answer', a.answer, 'rate_limit', a.bucket,
    'rate_limit_per_minute', tuning.rate_limit_per_minute) end order by n.place)
  into answers
  from generate_series(1, pg_catalog.jsonb_array_length(submissions)) as n (place)
  left join answered as a on a.place = n.place;
  return coalesce(answers, '[]');
end;
$$;

comment on function public.submit_generations(jsonb) is
  'Accepts many submissions in one transaction: an array of submit_generation''s arguments gives an array of its answers in the same order, with null for each that is to be put to submit_generation by itself (acceptable_submissions says which). Waits for no user''s lock, and for other admissions where the queue is nearly full. Left so too: whoever would wait in the own lane for longer than max_queue_seconds. Refuses by admission alone, with {"refused", "rate_limit_per_minute"}. Functions only.';
