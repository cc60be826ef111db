-- Trace one generation. Generated from supabase/schemas.
SET local check_function_bodies = off;

DROP FUNCTION "private"."end_attempt"(uuid, integer, text, text, text, text, integer, jsonb, boolean);

DROP FUNCTION "public"."complete_generation"(uuid, integer, text, boolean, text, integer, jsonb, integer, integer);

DROP FUNCTION "public"."fail_generation"(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text);

ALTER TABLE "private"."generation_attempts"
  ADD COLUMN "provider_request_id" text;

ALTER TABLE "public"."generations"
  ADD COLUMN "request_id" text;

CREATE OR REPLACE FUNCTION admin.trace (
  generation_id uuid
)
  RETURNS TABLE (
    at      timestamp with time zone,
    elapsed interval,
    event   text,
    detail  jsonb
  )
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
#variable_conflict use_column
declare
  generation public.generations;
begin
  select g.* into generation from public.generations as g where g.id = trace.generation_id;
  if not found then
    raise exception using
      errcode = 'PX004', message = format('No generation has the id %s', trace.generation_id);
  end if;
  return query
  select e.at, e.at - generation.created_at, e.event, jsonb_strip_nulls(e.detail)
  from (
    select * from admin.trace_request(generation)
    union all select * from admin.trace_attempts(generation)
    union all select * from admin.trace_delivery(generation)
    union all select * from admin.trace_end(generation)
  ) as e
  order by e.at, e.place;
end;
$function$;

CREATE OR REPLACE FUNCTION admin.trace_attempts (
  generation public.generations
)
  RETURNS TABLE (
    at     timestamp with time zone,
    place  integer,
    event  text,
    detail jsonb
  )
  LANGUAGE sql
  STABLE
  SET search_path TO ''
  AS $function$
  select e.at, 6 + e.step, e.event, jsonb_build_object('attempt', a.attempt) || e.detail
  from private.generation_attempts as a
  cross join lateral (values
    (a.claimed_at, 1, 'claimed', jsonb_build_object(
      'worker_id', a.worker_id,
      'lease_expires_at', case when a.finished_at is null then a.lease_expires_at end)),
    -- The worker tells of the answer with its next claim or with the outcome, whichever is earlier.
    (a.provider_finished_at, 2, 'provider answered', jsonb_build_object(
      'model', a.model, 'latency_ms', a.latency_ms, 'provider_request_id', a.provider_request_id)),
    (a.finished_at, 3, 'attempt ended: ' || a.outcome, jsonb_build_object(
      'error_code', a.error_code, 'error_message', a.error_message, 'model', a.model, 'latency_ms', a.latency_ms,
      'provider_request_id', a.provider_request_id, 'maybe_billed', nullif(a.maybe_billed, false),
      'tokens', a.usage -> 'total_tokens'))
  ) as e (at, step, event, detail)
  where a.generation_id = (generation).id and e.at is not null
$function$;

CREATE OR REPLACE FUNCTION admin.trace_delivery (
  generation public.generations
)
  RETURNS TABLE (
    at     timestamp with time zone,
    place  integer,
    event  text,
    detail jsonb
  )
  LANGUAGE sql
  STABLE
  SET search_path TO ''
  AS $function$
  select m.inserted_at at time zone 'utc', 10, 'broadcast', jsonb_build_object(
    'status', m.payload -> 'status', 'version', m.payload -> 'version', 'preview_url', m.payload -> 'preview_url')
  from realtime.messages as m
  where m.topic = 'user:' || (generation).user_id
    -- By the begin of their transactions; spares older partitions.
    and m.inserted_at >= (generation).created_at at time zone 'utc' - interval '1 minute'
    and m.payload ->> 'id' = (generation).id::text
  union all
  select e.at, 11, e.event, e.detail
  from private.bot_messages as b
  cross join lateral (values
    (b.planned_at, 'bot message planned', '{}'::jsonb),
    (b.seen_at, 'picture fetched', '{}'),
    (b.sent_at, 'bot message handed over', jsonb_build_object('outcome', b.outcome, 'tries', b.tries))
  ) as e (at, event, detail)
  where b.generation_id = (generation).id and e.at is not null
  union all
  select d.requested_at, 11, 'removal of the picture asked for', '{}'
  from private.object_deletions as d
  where d.object_key = private.object_key(generation)
  union all
  select (generation).deleted_at, 12, 'removed by its owner', '{}'
  where (generation).deleted_at is not null
$function$;

CREATE OR REPLACE FUNCTION admin.trace_end (
  generation public.generations
)
  RETURNS TABLE (
    at     timestamp with time zone,
    place  integer,
    event  text,
    detail jsonb
  )
  LANGUAGE sql
  SET search_path TO ''
  AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION admin.trace_request (
  generation public.generations
)
  RETURNS TABLE (
    at     timestamp with time zone,
    place  integer,
    event  text,
    detail jsonb
  )
  LANGUAGE sql
  STABLE
  SET search_path TO ''
  AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION private.end_attempt (
  generation_id       uuid,
  attempt             integer,
  outcome             text,
  error_code          text    DEFAULT NULL::text,
  error_message       text    DEFAULT NULL::text,
  model               text    DEFAULT NULL::text,
  latency_ms          integer DEFAULT NULL::integer,
  usage               jsonb   DEFAULT NULL::jsonb,
  maybe_billed        boolean DEFAULT false,
  provider_request_id text    DEFAULT NULL::text
)
  RETURNS boolean
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
begin
  update private.generation_attempts as a
  set
    outcome = end_attempt.outcome,
    error_code = end_attempt.error_code,
    error_message = left(end_attempt.error_message, 500),
    model = end_attempt.model,
    latency_ms = end_attempt.latency_ms,
    usage = end_attempt.usage,
    maybe_billed = end_attempt.maybe_billed,
    provider_request_id = left(end_attempt.provider_request_id, 200),
    finished_at = pg_catalog.clock_timestamp()
  where a.generation_id = end_attempt.generation_id
    and a.attempt = end_attempt.attempt
    and a.finished_at is null;
  return found;
end;
$function$;

CREATE OR REPLACE FUNCTION public.claim_generations (
  worker_id         uuid,
  quantity          integer,
  provider_finished jsonb   DEFAULT '[]'::jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  tuning private.settings;
  may_start integer;
  free integer := 0;
  message_ids bigint[];
  generation_ids uuid[];
  claimed_ids uuid[];
  jobs jsonb;
  more boolean;
begin
  -- One claim at a time over all workers: the semaphore is exact, not approximate.
  perform pg_catalog.pg_advisory_xact_lock(7261, 1);
  update private.doorbell as d set at = pg_catalog.clock_timestamp() where d.event = 'answered';
  perform private.release_slots(provider_finished);
  perform private.recover_pace();
  perform private.measure_service_time();
  select s.* into tuning from private.settings as s;
  may_start := greatest(0, least(quantity, private.free_slots(), private.images_in_budget()));

  if may_start > 0 then
    select
      array_agg(m.msg_id),
      array_agg(case when m.message ->> 'generation_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (m.message ->> 'generation_id')::uuid end)
    into message_ids, generation_ids
    from pgmq.read('generations', tuning.lease_seconds, may_start) as m;

    -- skip locked: a row being cancelled or finished at this moment is left to whoever holds it.
    with claimed as (
      update public.generations as g
      set status = 'PROCESSING', attempt = g.attempt + 1, started_at = coalesce(g.started_at, pg_catalog.clock_timestamp())
      where g.id in (
        select c.id from public.generations as c
        where c.id = any (generation_ids)
          and c.message_id = any (message_ids)
          -- Both said so that no partial index fits: statistics of quieter times make those look empty, and each
          -- claim would read every unfinished row of a spike.
          and c.status not in ('COMPLETED', 'FAILED', 'CANCELLED')
          and not exists (
            select 1 from private.generation_attempts as a
            where a.generation_id = c.id and coalesce(a.finished_at, 'infinity') = 'infinity')
        for no key update skip locked)
      returning g.*
    ), attempts as (
      insert into private.generation_attempts (generation_id, attempt, worker_id, lease_expires_at)
      select c.id, c.attempt, claim_generations.worker_id,
        pg_catalog.clock_timestamp() + make_interval(secs => tuning.lease_seconds)
      from claimed as c
    )
    select array_agg(c.id), jsonb_agg(jsonb_build_object(
        'generation_id', c.id, 'attempt', c.attempt, 'user_id', c.user_id, 'prompt', c.prompt, 'size', c.size,
        'quality', c.quality, 'output_format', c.output_format, 'request_id', c.request_id,
        'failures', case when c.attempt = 1 then 0 else private.count_failed_attempts(c.id) end
      ) order by c.message_id)
    into claimed_ids, jobs
    from claimed as c;
    if cardinality(claimed_ids) is distinct from cardinality(message_ids) then
      perform private.return_unclaimed_messages(message_ids, claimed_ids);
    end if;
  end if;

  more := exists (select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp());
  if more then
    free := least(private.free_slots(), private.images_in_budget());
    if free > 0 then
      -- For other instances, of which each takes sixteen.
      perform private.wake_workers('worker', (
        select least(10, ceil(count(*) / 16.0))::integer
        from (select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp() limit free) as claimable));
    end if;
  end if;
  return pg_catalog.jsonb_build_object(
    'jobs', coalesce(jobs, '[]'), 'more', more, 'free_slots', free, 'retry_after_ms', private.claim_retry_after_ms(),
    'lease_seconds', tuning.lease_seconds, 'partial_images', tuning.partial_images,
    'retired_models', private.retired_models());
end;
$function$;

CREATE OR REPLACE FUNCTION public.complete_generation (
  generation_id       uuid,
  attempt             integer,
  public_url          text,
  recovered           boolean DEFAULT false,
  model               text    DEFAULT NULL::text,
  latency_ms          integer DEFAULT NULL::integer,
  usage               jsonb   DEFAULT NULL::jsonb,
  width               integer DEFAULT NULL::integer,
  height              integer DEFAULT NULL::integer,
  provider_request_id text    DEFAULT NULL::text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  generation public.generations := private.lock_generation(complete_generation.generation_id);
begin
  if generation.status is distinct from 'PROCESSING'
    or generation.attempt <> complete_generation.attempt
    or not private.end_attempt(
      generation.id, generation.attempt,
      case when complete_generation.recovered then 'recovered' else 'completed' end,
      model => complete_generation.model, latency_ms => complete_generation.latency_ms,
      usage => complete_generation.usage, provider_request_id => complete_generation.provider_request_id)
  then
    -- A repeated call by the attempt that completed it is told so; any other is late.
    return pg_catalog.jsonb_build_object('outcome', case
      when generation.status = 'COMPLETED' and generation.attempt = complete_generation.attempt
        then 'already_completed'
      else 'stale' end,
      'status', generation.status,
      -- Ended without this picture, or removed by its owner: it must not stay in the bucket.
      'unwanted', coalesce(
        generation.status in ('FAILED', 'CANCELLED') or generation.deleted_at is not null, false));
  end if;

  perform pgmq.delete('generations', generation.message_id);
  update public.generations as g
  set
    status = 'COMPLETED',
    public_url = complete_generation.public_url,
    width = complete_generation.width,
    height = complete_generation.height,
    finished_at = pg_catalog.clock_timestamp(),
    message_id = null
  where g.id = generation.id;
  perform private.enqueue_next(generation.user_id);

  if not complete_generation.recovered then
    -- The probe after a pause has succeeded: open again for all.
    update private.provider_state as p
    set paused_until = null, pause_kind = null, pause_note = null, pause_count = 0
    -- A picture that was stored meanwhile says as much of the bucket.
    where p.pause_kind = 'storage'
      or (p.pause_kind in ('money', 'configuration') and p.paused_until <= pg_catalog.clock_timestamp());
    update private.provider_state as p
    set streak_signature = null, streak_user_ids = '{}'
    where p.streak_signature is not null;
  end if;
  return pg_catalog.jsonb_build_object('outcome', 'completed', 'status', 'COMPLETED');
end;
$function$;

REVOKE ALL ON FUNCTION "public"."complete_generation"(uuid, integer, text, boolean, text, integer, jsonb, integer, integer, text) FROM PUBLIC, "anon", "authenticated";

CREATE OR REPLACE FUNCTION public.fail_generation (
  generation_id       uuid,
  attempt             integer,
  kind                text,
  error_code          text,
  error_message       text,
  delay_ms            integer DEFAULT 0,
  retry_after_ms      integer DEFAULT NULL::integer,
  model               text    DEFAULT NULL::text,
  latency_ms          integer DEFAULT NULL::integer,
  maybe_billed        boolean DEFAULT false,
  signature           text    DEFAULT NULL::text,
  provider_request_id text    DEFAULT NULL::text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  kind text := fail_generation.kind;
  generation public.generations := private.lock_generation(fail_generation.generation_id);
  wait_ms integer := greatest(0, fail_generation.delay_ms, fail_generation.retry_after_ms);
begin
  if fail_generation.kind not in (
    'permanent', 'transient', 'storage', 'rate', 'money', 'configuration', 'interrupted', 'released'
  ) then
    raise exception using
      errcode = '22023',
      message = format('Cannot fail an attempt as "%s": permanent, transient, storage, rate, money, configuration, interrupted or released is wanted', fail_generation.kind);
  end if;
  -- What fails the jobs of three users alike is not theirs: it would fail every job.
  if fail_generation.signature is not null
    and generation.status = 'PROCESSING' and generation.attempt = fail_generation.attempt
    and private.count_failure_streak(generation.user_id, fail_generation.signature) >= 3
  then
    kind := 'configuration';
  end if;
  if generation.status is distinct from 'PROCESSING'
    or generation.attempt <> fail_generation.attempt
    or not private.end_attempt(
      generation.id, generation.attempt, kind, fail_generation.error_code, fail_generation.error_message,
      fail_generation.model, fail_generation.latency_ms, maybe_billed => fail_generation.maybe_billed,
      provider_request_id => fail_generation.provider_request_id)
  then
    return pg_catalog.jsonb_build_object('outcome', 'stale', 'status', generation.status);
  end if;

  if kind in ('money', 'storage', 'configuration') then
    perform private.pause_provider(kind, fail_generation.error_message);
    -- Another job probes when the pause ends: one that only the provider's mood refuses must not be every probe.
    wait_ms := (
      select private.ms_until(p.paused_until) + 5000
      from private.provider_state as p
      where p.paused_until < 'infinity'
    );
    wait_ms := coalesce(wait_ms, 0);
  elsif kind = 'rate' then
    perform private.lower_pace(greatest(1000, coalesce(fail_generation.retry_after_ms, 0)), a.claimed_at)
    from private.generation_attempts as a
    where a.generation_id = generation.id and a.attempt = generation.attempt;
    wait_ms := (select greatest(wait_ms, private.ms_until(p.rate_paused_until)) from private.provider_state as p);
  end if;

  if kind = 'permanent'
    or (kind in ('transient', 'storage', 'interrupted') 
      and private.count_failed_attempts(generation.id) >= (select s.max_attempts from private.settings as s))
    -- Whatever max_attempts says: a picture is bought twice at the most.
    or private.count_purchases(generation.id) >= 2
    -- Refused for its rate as long as it may have waited in the queue.
    or (kind = 'rate' and generation.started_at < pg_catalog.clock_timestamp() - (
      select make_interval(secs => s.max_queue_seconds) from private.settings as s))
  then
    perform private.finish_without_picture(
      generation, 'FAILED', fail_generation.error_code, fail_generation.error_message);
    return pg_catalog.jsonb_build_object('outcome', 'failed', 'status', 'FAILED');
  end if;

  perform pgmq.set_vt('generations', generation.message_id, ceil(wait_ms / 1000.0)::integer);
  return pg_catalog.jsonb_build_object(
    'outcome', 'requeued', 'status', 'PROCESSING', 'retry_in_ms', ceil(wait_ms / 1000.0)::integer * 1000);
end;
$function$;

REVOKE ALL ON FUNCTION "public"."fail_generation"(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text, text) FROM PUBLIC, "anon", "authenticated";

CREATE OR REPLACE FUNCTION public.submit_generations (
  submissions jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  SET plan_cache_mode TO 'force_generic_plan'
  AS $function$
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
$function$;

ALTER TABLE "public"."generations"
  ADD CONSTRAINT "generations_request_id_length" CHECK (((length(request_id) >= 1) AND (length(request_id) <= 64)));

COMMENT ON COLUMN "private"."generation_attempts"."provider_request_id" IS 'The provider''s name for the call, to quote to its support; null where it gave none.';

COMMENT ON COLUMN "public"."generations"."request_id" IS 'x-request-id of the submission; on the log lines of all functions about it.';

COMMENT ON FUNCTION "admin"."trace"(uuid) IS 'One generation''s story in order: submission, queue, answers to rings (an hour), claims, provider calls, storage, broadcasts (as long as Realtime keeps them), bot message, credits, acts of operators, end; while it is unfinished, last, how it stands now. Raises PX004 for an unknown id.';

COMMENT ON FUNCTION "admin"."trace_attempts"(public.generations) IS 'Events of a generation''s attempts: claims, the provider''s answers with its request ids, outcomes.';

COMMENT ON FUNCTION "admin"."trace_delivery"(public.generations) IS 'Events of what a generation''s owner was told: broadcasts, bot message, removal.';

COMMENT ON FUNCTION "admin"."trace_end"(public.generations) IS 'The end of a generation with its reason and dead letter, or its place, its message and the pauses at this moment.';

COMMENT ON FUNCTION "admin"."trace_request"(public.generations) IS 'Events of a generation: submission, movements of credits, queue, the first 20 answers to rings, acts of operators.';

COMMENT ON FUNCTION "private"."end_attempt"(uuid, integer, text, text, text, text, integer, jsonb, boolean, text) IS 'Writes the outcome of a running attempt; false when that attempt has already ended.';

COMMENT ON FUNCTION "public"."complete_generation"(uuid, integer, text, boolean, text, integer, jsonb, integer, integer, text) IS 'Completes an attempt with the stored picture''s address; recovered: it was found stored, the provider was not called; width and height in pixels; provider_request_id: the provider''s name for the call. Gives {"outcome": completed | already_completed | stale, "status", "unwanted"}; the latter two changed nothing, and unwanted says that the stored picture is to be removed. Functions only.';

COMMENT ON FUNCTION "public"."fail_generation"(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text, text) IS 'Ends an attempt. kind: permanent; transient, storage, interrupted (spend an attempt); rate, money, configuration, released (do not). signature: what every job that fails for this cause has in common; null where the job itself is to blame: of the third user in a row it is taken for configuration. maybe_billed: the provider may bill the call; after two such calls it is FAILED. error_code of the public contract is used if it becomes FAILED. delay_ms: backoff; retry_after_ms: what the provider asked. Gives {"outcome": failed | requeued | stale, "status", "retry_in_ms"}. Functions only.';

COMMENT ON FUNCTION "public"."submit_generations"(jsonb) IS 'Accepts submissions: an array of {generation_id, user_id, session_id, prompt, size, quality, output_format, idempotency_key, request_hash, enforce_rate_limit, request_id}, all validated. Gives an array in the same order of {"outcome", "answer", "refusal", "rate_limit", "rate_limit_per_minute"}: accepted or replayed (answer: {id, status, created_at, credits, queue, poll_after_ms}), refused (refusal: {code, message, detail}; nothing was charged) or busy (another transaction holds the user: to be tried again). Waits for no user''s lock. Functions only.';

REVOKE ALL ON FUNCTION "admin"."trace"(uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION "admin"."trace"(uuid) FROM "postgres";

GRANT EXECUTE ON FUNCTION "admin"."trace"(uuid) TO "postgres";

REVOKE ALL ON FUNCTION "admin"."trace_attempts"(public.generations) FROM PUBLIC;

REVOKE ALL ON FUNCTION "admin"."trace_attempts"(public.generations) FROM "postgres";

GRANT EXECUTE ON FUNCTION "admin"."trace_attempts"(public.generations) TO "postgres";

REVOKE ALL ON FUNCTION "admin"."trace_delivery"(public.generations) FROM PUBLIC;

REVOKE ALL ON FUNCTION "admin"."trace_delivery"(public.generations) FROM "postgres";

GRANT EXECUTE ON FUNCTION "admin"."trace_delivery"(public.generations) TO "postgres";

REVOKE ALL ON FUNCTION "admin"."trace_end"(public.generations) FROM PUBLIC;

REVOKE ALL ON FUNCTION "admin"."trace_end"(public.generations) FROM "postgres";

GRANT EXECUTE ON FUNCTION "admin"."trace_end"(public.generations) TO "postgres";

REVOKE ALL ON FUNCTION "admin"."trace_request"(public.generations) FROM PUBLIC;

REVOKE ALL ON FUNCTION "admin"."trace_request"(public.generations) FROM "postgres";

GRANT EXECUTE ON FUNCTION "admin"."trace_request"(public.generations) TO "postgres";

REVOKE ALL ON FUNCTION "private"."end_attempt"(uuid, integer, text, text, text, text, integer, jsonb, boolean, text) FROM PUBLIC;

REVOKE ALL ON FUNCTION "private"."end_attempt"(uuid, integer, text, text, text, text, integer, jsonb, boolean, text) FROM "postgres";

GRANT EXECUTE ON FUNCTION "private"."end_attempt"(uuid, integer, text, text, text, text, integer, jsonb, boolean, text) TO "postgres";

GRANT EXECUTE ON FUNCTION "private"."end_attempt"(uuid, integer, text, text, text, text, integer, jsonb, boolean, text) TO "service_role";

REVOKE ALL ON FUNCTION "public"."complete_generation"(uuid, integer, text, boolean, text, integer, jsonb, integer, integer, text) FROM "postgres";

GRANT EXECUTE ON FUNCTION "public"."complete_generation"(uuid, integer, text, boolean, text, integer, jsonb, integer, integer, text) TO "postgres";

GRANT EXECUTE ON FUNCTION "public"."complete_generation"(uuid, integer, text, boolean, text, integer, jsonb, integer, integer, text) TO "service_role";

REVOKE ALL ON FUNCTION "public"."fail_generation"(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text, text) FROM "postgres";

GRANT EXECUTE ON FUNCTION "public"."fail_generation"(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text, text) TO "postgres";

GRANT EXECUTE ON FUNCTION "public"."fail_generation"(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text, text) TO "service_role";

REVOKE ALL ("request_id") ON TABLE "public"."generations" FROM "authenticated";

GRANT SELECT ("request_id") ON TABLE "public"."generations" TO "authenticated";
