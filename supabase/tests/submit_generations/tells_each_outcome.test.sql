-- A batch tells the outcome of each: accepted, replayed, refused or busy.
begin;
select plan(7);

-- SETUP
select tests.create_user(n, credits => 20) from generate_series(1, 3) as n;
select tests.as_service();
create temp table keyed on commit drop as select tests.submission(tests.user_id(1), 'keyed', changes =>
  '{"idempotency_key": "key", "request_hash": "hash"}') as submission;
create temp table first on commit drop as select tests.submit_raw(k.submission) as answer from keyed as k;

-- TEST: one of each kind
create temp table result on commit drop as
select a.value as answer, a.place
from keyed as k, jsonb_array_elements(public.submit_generations(jsonb_build_array(
  k.submission,
  tests.submission(tests.user_id(2), 'accepted'),
  tests.submission(tests.user_id(2), 'a second one of a user'),
  tests.submission(tests.user_id(3), 'too dear', 'high'),
  tests.submission(gen_random_uuid(), 'of nobody')
))) with ordinality as a (value, place);
select results_eq(
  $$ select answer ->> 'outcome' from result order by place $$,
  $$ values ('replayed'), ('accepted'), ('busy'), ('accepted'), ('refused') $$,
  'each has its own outcome, in the order of the array'
);
select is(
  (select answer -> 'answer' from result where place = 1), (select answer -> 'answer' from first),
  'a replay gives the first answer again'
);
select is((select answer #>> '{refusal,code}' from result where place = 5), 'PX401', 'an unknown user is refused');
select is((select answer -> 'answer' from result where place = 3), 'null'::jsonb, 'a busy one has no answer');
select is(array(select tests.credits(n) from generate_series(1, 3) as n), array[19, 19, 5], 'each accepted one is paid once');
select is((select count(*) from pgmq.q_generations)::integer, 3, 'and has one message');

-- TEST: another body under the key of a batch
select throws_ok(
  $$ select tests.submit_raw(submission || '{"request_hash": "another"}') from keyed $$, 'PX409', null, 'is a conflict'
);

select * from finish();
rollback;
