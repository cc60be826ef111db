-- Accepts a generation: one transaction debits the credits, inserts the row and sends the message.
create function public.submit_generation(
  user_id uuid,
  session_id uuid,
  prompt text,
  size text,
  quality text,
  output_format text,
  idempotency_key text default null,
  request_hash text default null,
  enforce_rate_limit boolean default false
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  tuning private.settings;
  balance integer;
  price integer;
  unfinished integer;
  in_queue integer;
  instant timestamptz := pg_catalog.clock_timestamp();
  generation_id uuid;
  message_id bigint;
  generation public.generations;
  place jsonb;
  answer jsonb;
  bucket jsonb;
begin
  -- Locks the user: the submissions of one user follow one another, those of others are untouched.
  select u.credits into balance from public.users as u where u.id = submit_generation.user_id for no key update;
  perform private.assert_session(submit_generation.user_id, submit_generation.session_id);
  select s.* into tuning from private.settings as s;

  if idempotency_key is not null then
    answer := private.replay_generation(submit_generation.user_id, idempotency_key, submit_generation.request_hash);
    if answer is not null then
      return pg_catalog.jsonb_build_object(
        'replayed', true, 'answer', answer, 'rate_limit_per_minute', tuning.rate_limit_per_minute);
    end if;
  end if;

  if submit_generation.enforce_rate_limit then
    bucket := private.enforce_rate_limit(submit_generation.user_id);
  end if;
  perform private.refuse_while_paused();

  select count(*), count(g.message_id) into unfinished, in_queue
  from public.generations as g
  where g.user_id = submit_generation.user_id and g.status in ('PENDING', 'PROCESSING');
  if unfinished >= tuning.max_pending_per_user then
    raise exception using
      errcode = 'PX430',
      message = format('Too many unfinished generations: %s of %s', unfinished, tuning.max_pending_per_user),
      detail = pg_catalog.jsonb_build_object('retry_after_seconds', (
        select greatest(1, ceil(q.service_ms / 1000.0))::integer from private.queue_state as q))::text;
  end if;

  select p.credits into price from private.prices as p where p.quality = submit_generation.quality;
  if balance < price then
    raise exception using
      errcode = 'PX402',
      message = format('Not enough credits: this image costs %s, the balance is %s', price, balance);
  end if;

  generation_id := gen_random_uuid();
  if in_queue < tuning.per_user_concurrency then
    message_id := private.send_generation(generation_id);
  end if;
  insert into public.generations
    (id, user_id, prompt, size, quality, output_format, cost, created_at, message_id, queued_at)
  values (
    generation_id, submit_generation.user_id, submit_generation.prompt, submit_generation.size,
    submit_generation.quality, submit_generation.output_format, price, instant, message_id,
    case when message_id is not null then instant end)
  returning * into generation;
  insert into public.credit_ledger (user_id, delta, kind, generation_id)
  values (generation.user_id, -price, 'generation', generation.id);

  place := private.queue_place(generation);
  answer := pg_catalog.jsonb_build_object(
    'id', generation.id,
    'status', generation.status,
    'created_at', generation.created_at,
    'credits', balance - price,
    'queue', place,
    'poll_after_ms', private.poll_after_ms(generation.status, (place ->> 'eta_seconds')::integer)
  );
  if idempotency_key is not null then
    insert into private.idempotency_keys (user_id, key, request_hash, generation_id, answer)
    values (generation.user_id, idempotency_key, submit_generation.request_hash, generation.id, answer);
  end if;
  return pg_catalog.jsonb_build_object(
    'replayed', false, 'answer', answer, 'rate_limit', bucket,
    'rate_limit_per_minute', tuning.rate_limit_per_minute);
end;
$$;

comment on function public.submit_generation(uuid, uuid, text, text, text, text, text, text, boolean) is
  'Accepts a generation. request_hash goes with idempotency_key; enforce_rate_limit when Redis could not judge. Gives {"replayed", "answer": {id, status, created_at, credits, queue, poll_after_ms}, "rate_limit", "rate_limit_per_minute"}. Raises PX401, PX402, PX409, PX429, PX430, PX503; none charges. Functions only.';
revoke all on function public.submit_generation(uuid, uuid, text, text, text, text, text, text, boolean)
  from public, anon, authenticated, service_role;
grant execute on function public.submit_generation(uuid, uuid, text, text, text, text, text, text, boolean)
  to service_role;
