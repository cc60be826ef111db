-- Every refusal of a submission is a value: an error would roll back the token and the count of the queue.
create or replace function public.submit_generation(
  user_id uuid,
  session_id uuid,
  prompt text,
  size text,
  quality text,
  output_format text,
  idempotency_key text default null,
  request_hash text default null,
  enforce_rate_limit boolean default false,
  generation_id uuid default gen_random_uuid()
) returns jsonb
language plpgsql
security invoker
set search_path = ''
-- Each that waits for a user whom another transaction holds keeps a connection of the pool that all share.
set lock_timeout = '250ms'
as $$
declare
  rate_limit integer := (select s.rate_limit_per_minute from private.settings as s);
  balance integer;
  generation public.generations;
  answer jsonb;
  bucket jsonb;
  refused_code text;
  refused_message text;
  refused_details text;
begin
  -- Locks the user: the submissions of one user follow one another, those of others are untouched.
  select u.credits into balance from public.users as u where u.id = submit_generation.user_id for no key update;
  perform private.assert_session(submit_generation.user_id, submit_generation.session_id);

  if idempotency_key is not null then
    answer := private.replay_generation(submit_generation.user_id, idempotency_key, submit_generation.request_hash);
    if answer is not null then
      return pg_catalog.jsonb_build_object('replayed', true, 'answer', answer, 'rate_limit_per_minute', rate_limit);
    end if;
  end if;

  -- The same request, sent again by the network stack below the function: it has been accepted.
  select g.* into generation
  from public.generations as g
  where g.id = submit_generation.generation_id and g.user_id = submit_generation.user_id;

  if found then
    balance := balance + generation.cost;
  else
    if submit_generation.enforce_rate_limit then
      bucket := private.enforce_rate_limit(submit_generation.user_id);
    end if;
    -- Outside of what a refusal rolls back: while everybody is refused the count has to follow the queue all the same.
    perform private.refresh_queue_state();
    begin
      generation := private.accept_generation(
        submit_generation.generation_id, submit_generation.user_id, submit_generation.prompt,
        submit_generation.size, submit_generation.quality, submit_generation.output_format, balance);
    exception when sqlstate 'PX402' or sqlstate 'PX430' or sqlstate 'PX503' then
      get stacked diagnostics
        refused_code = returned_sqlstate, refused_message = message_text, refused_details = pg_exception_detail;
      return pg_catalog.jsonb_build_object(
        'refused', pg_catalog.jsonb_build_object(
          'code', refused_code, 'message', refused_message, 'details', refused_details),
        'rate_limit', bucket, 'rate_limit_per_minute', rate_limit);
    end;
  end if;

  answer := private.submission_answer(generation, balance - generation.cost);
  if idempotency_key is not null then
    insert into private.idempotency_keys (user_id, key, request_hash, generation_id, answer)
    values (generation.user_id, idempotency_key, submit_generation.request_hash, generation.id, answer);
  end if;
  return pg_catalog.jsonb_build_object(
    'replayed', false, 'answer', answer, 'rate_limit', bucket, 'rate_limit_per_minute', rate_limit);
end;
$$;

comment on function public.submit_generation(uuid, uuid, text, text, text, text, text, text, boolean, uuid) is
  'Accepts a generation under generation_id. request_hash goes with idempotency_key; enforce_rate_limit when Redis could not judge. Gives {"replayed", "answer": {id, status, created_at, credits, queue, poll_after_ms}, "rate_limit", "rate_limit_per_minute"}, or for PX402, PX430 and PX503 {"refused": {code, message, details}, "rate_limit", …}. Raises PX401, PX409 and PX429, and 55P03 where another transaction holds the user for a quarter of a second. None charges. Functions only.';
