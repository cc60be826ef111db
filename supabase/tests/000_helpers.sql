-- What the tests share: pgTAP, and schema tests. Never deployed, and no part of the seed: scripts/test_db.ts
-- loads this into its own databases. By its name and its one test it is a file `supabase test db` can run first.
begin;

create extension if not exists pgtap with schema extensions;
create schema if not exists tests;
comment on schema tests is 'Helpers of the pgTAP tests.';

create or replace function tests.create_user(telegram_id bigint, credits integer default 20) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  user_id uuid;
begin
  insert into public.users (telegram_id, first_name)
  values (create_user.telegram_id, 'User ' || create_user.telegram_id)
  returning id into user_id;
  if create_user.credits > 0 then
    insert into public.credit_ledger (user_id, delta, kind) values (user_id, create_user.credits, 'signup');
  end if;
  return user_id;
end;
$$;
comment on function tests.create_user(bigint, integer) is 'Makes a user with a balance, by the ledger; the id.';

create or replace function tests.user_id(telegram_id bigint) returns uuid
language sql stable
security definer -- names users whom the role under test may not see
set search_path = ''
as $$ select u.id from public.users as u where u.telegram_id = user_id.telegram_id $$;
comment on function tests.user_id(bigint) is 'Id of the user with this Telegram id.';

create or replace function tests.generation(prompt text) returns public.generations
language sql
security definer -- as above
set search_path = ''
as $$
  select g from public.generations as g where g.prompt = generation.prompt order by g.created_at desc limit 1
$$;
comment on function tests.generation(text) is 'The latest generation with this prompt.';

create or replace function tests.credits(telegram_id bigint) returns integer
language sql
security definer -- as above
set search_path = ''
as $$ select u.credits from public.users as u where u.telegram_id = credits.telegram_id $$;
comment on function tests.credits(bigint) is 'Balance of a user.';

create or replace function tests.become(role text, claims jsonb default null) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.set_config('role', become.role, true);
  perform pg_catalog.set_config('request.jwt.claims', coalesce(become.claims::text, ''), true);
end;
$$;
comment on function tests.become(text, jsonb) is 'Takes a role and the claims of its token, as the Data API does.';

create or replace function tests.authenticate_as(user_id uuid) returns void
language sql
set search_path = ''
as $$
  select tests.become('authenticated', pg_catalog.jsonb_build_object(
    'sub', authenticate_as.user_id, 'role', 'authenticated', 'aud', 'authenticated'))
$$;
comment on function tests.authenticate_as(uuid) is 'Goes on as this user, with an access token.';

create or replace function tests.as_anon() returns void
language sql
set search_path = ''
as $$ select tests.become('anon', '{"role": "anon"}') $$;
comment on function tests.as_anon() is 'Goes on as a client without a token.';

create or replace function tests.as_service() returns void
language sql
set search_path = ''
as $$ select tests.become('service_role', '{"role": "service_role"}') $$;
comment on function tests.as_service() is 'Goes on as the Edge Functions do.';

create or replace function tests.as_owner() returns void
language sql
set search_path = ''
as $$ select tests.become(session_user) $$;
comment on function tests.as_owner() is 'Goes on as the operator, who owns the schema.';

create or replace function tests.submission(
  user_id uuid,
  prompt text default 'a cat',
  quality text default 'low',
  changes jsonb default '{}'
) returns jsonb
language sql
set search_path = ''
as $$
  select pg_catalog.jsonb_build_object(
    'generation_id', pg_catalog.gen_random_uuid(), 'user_id', submission.user_id, 'session_id', null,
    'prompt', submission.prompt, 'size', '1024x1024', 'quality', submission.quality, 'output_format', 'png',
    'idempotency_key', null, 'request_hash', null, 'enforce_rate_limit', false) || submission.changes
$$;
comment on function tests.submission(uuid, text, text, jsonb) is 'One of the array submit_generations takes.';

create or replace function tests.submit_raw(submission jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  result jsonb := public.submit_generations(pg_catalog.jsonb_build_array(submit_raw.submission)) -> 0;
begin
  if result ->> 'outcome' = 'refused' then
    raise exception using
      errcode = result #>> '{refusal,code}', message = result #>> '{refusal,message}',
      detail = coalesce(result #>> '{refusal,detail}', '');
  end if;
  return result;
end;
$$;
comment on function tests.submit_raw(jsonb) is 'Submits one of tests.submission; the answer to it. Raises what it is refused with.';

create or replace function tests.submit(
  user_id uuid,
  prompt text default 'a cat',
  quality text default 'medium'
) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  result jsonb := tests.submit_raw(tests.submission(submit.user_id, submit.prompt, submit.quality));
begin
  return (result -> 'answer' ->> 'id')::uuid;
end;
$$;
comment on function tests.submit(uuid, text, text) is 'Submits a generation; the id. Raises what it is refused with.';

create or replace function tests.worker_id() returns uuid
language sql immutable
set search_path = ''
as $$ select '00000000-0000-4000-8000-000000000001'::uuid $$;
comment on function tests.worker_id() is 'The worker of tests.claim.';

create or replace function tests.claim(quantity integer default 100) returns integer
language sql
set search_path = ''
as $$
  select pg_catalog.jsonb_array_length(public.claim_generations(tests.worker_id(), claim.quantity) -> 'jobs')
$$;
comment on function tests.claim(integer) is 'Claims for tests.worker_id(); how many it got.';

create or replace function tests.start(
  user_id uuid,
  prompt text default 'a cat',
  quality text default 'medium'
) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  generation_id uuid := tests.submit(start.user_id, start.prompt, start.quality);
begin
  perform tests.claim();
  if not exists (
    select 1 from public.generations as g where g.id = generation_id and g.status = 'PROCESSING'
  ) then
    raise exception 'Cannot set up the test: "%" was not claimed', start.prompt;
  end if;
  return generation_id;
end;
$$;
comment on function tests.start(uuid, text, text) is 'Submits a generation and claims it; the id.';

create or replace function tests.complete(generation public.generations) returns text
language sql
set search_path = ''
as $$
  select public.complete_generation(
    (generation).id, (generation).attempt, 'https://bucket.test/' || (generation).id) ->> 'outcome'
$$;
comment on function tests.complete(public.generations) is 'Completes the latest attempt; the outcome.';

create or replace function tests.fail(
  generation public.generations,
  kind text default 'transient',
  error_code text default 'provider_unavailable'
) returns text
language sql
set search_path = ''
as $$
  select public.fail_generation(
    (generation).id, (generation).attempt, fail.kind, fail.error_code, 'made to fail') ->> 'outcome'
$$;
comment on function tests.fail(public.generations, text, text) is 'Ends the latest attempt without a picture; the outcome.';

create or replace function tests.end_lease(generation public.generations) returns void
language sql
set search_path = ''
as $$
  update private.generation_attempts as a
  set lease_expires_at = pg_catalog.clock_timestamp() - interval '1 second'
  where a.generation_id = (generation).id and a.attempt = (generation).attempt
$$;
comment on function tests.end_lease(public.generations) is 'Lets the lease of the latest attempt have run out.';

create or replace function tests.message(generation public.generations) returns pgmq.q_generations
language sql
security definer -- reads the queue for any role
set search_path = ''
as $$ select q from pgmq.q_generations as q where q.msg_id = (generation).message_id $$;
comment on function tests.message(public.generations) is 'The message of a generation; null when it has none.';

create or replace function tests.detail_of(statement text) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  detail text;
begin
  execute detail_of.statement;
  return null;
exception when others then
  get stacked diagnostics detail = pg_exception_detail;
  return detail::jsonb;
end;
$$;
comment on function tests.detail_of(text) is 'The detail of the error a statement raises; null when it raises none.';

-- The migrations leave new functions to nobody, and these are called as every role.
grant usage on schema tests to anon, authenticated, service_role;
grant execute on all functions in schema tests to anon, authenticated, service_role;
do $$
begin
  if not pg_catalog.has_function_privilege('anon', 'extensions.plan(integer)', 'execute') then
    grant execute on all functions in schema extensions to anon, authenticated, service_role;
  end if;
end;
$$;

commit;

begin;
select extensions.plan(1);
select extensions.has_schema('tests', 'the helpers are there');
select * from extensions.finish();
rollback;
