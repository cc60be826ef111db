-- A claim gives a worker what it needs to generate, and marks it as its own.
begin;
select plan(10);

-- SETUP
select tests.create_user(1);
update private.settings set lease_seconds = 60, partial_images = 0;
select tests.as_service();
select tests.submit(tests.user_id(1), 'first', 'low');
select tests.submit(tests.user_id(1), 'second', 'medium');
create temp table claim on commit drop as
select public.claim_generations(tests.worker_id(), 5) as answer;

-- TEST: the answer
select is(
  (select array_agg(key order by key) from claim, jsonb_object_keys(answer) as key),
  array['free_slots', 'jobs', 'lease_seconds', 'more', 'partial_images', 'retired_models', 'retry_after_ms'],
  'it holds what a worker reads'
);
select is(
  (select answer -> 'jobs' -> 0 from claim),
  jsonb_build_object(
    'generation_id', (tests.generation('first')).id, 'attempt', 1, 'user_id', tests.user_id(1),
    'prompt', 'first', 'size', '1024x1024', 'quality', 'low', 'output_format', 'png', 'failures', 0, 'request_id', null),
  'a job holds the request and the fence'
);
select is((select answer #>> '{jobs,1,prompt}' from claim), 'second', 'jobs come in order of submission');
select is((select answer - 'jobs' from claim), jsonb_build_object(
  'free_slots', 0, 'lease_seconds', 60, 'more', false, 'partial_images', 0, 'retired_models', '[]'::jsonb,
  'retry_after_ms', null
), 'nothing is left, nothing holds back');

-- TEST: what it left
select results_eq(
  $$ select g.status, g.attempt from public.generations as g $$,
  $$ values ('PROCESSING', 1), ('PROCESSING', 1) $$, 'the rows are PROCESSING'
);
select is_empty(
  $$ select from public.generations as g where g.started_at is null or g.message_id is null $$,
  'they have a start and keep their messages'
);
select is(
  (select count(*) from private.generation_attempts as a
    where a.worker_id = tests.worker_id() and a.finished_at is null
      and a.lease_expires_at - a.claimed_at between interval '59 seconds' and interval '61 seconds'
  )::integer, 2, 'each attempt has a lease of this worker'
);
select ok(
  (tests.message(tests.generation('first'))).vt > clock_timestamp() + interval '50 seconds',
  'the messages are hidden as long as the lease'
);
select is(tests.claim(), 0, 'nobody else gets them');
select is(tests.credits(1), 15, 'a claim moves no credits');

select * from finish();
rollback;
