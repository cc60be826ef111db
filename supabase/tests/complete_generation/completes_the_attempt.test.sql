-- PROCESSING -> COMPLETED: the address is kept, the message goes, the user's next one is sent.
begin;
select plan(9);

-- SETUP
select tests.create_user(1);
update private.settings set per_user_concurrency = 1;
select tests.as_service();
select tests.start(tests.user_id(1), 'a', 'low');
select tests.submit(tests.user_id(1), 'next', 'low');

-- TEST: the call
select is(
  public.complete_generation(
    (tests.generation('a')).id, 1, 'https://bucket.test/a.png', model => 'gpt-image-1.5',
    latency_ms => 1234, usage => '{"total_tokens": 7}'),
  '{"outcome": "completed", "status": "COMPLETED"}'::jsonb, 'it completes'
);

-- TEST: what it left
select results_eq(
  $$ select (g).status, (g).public_url, (g).error_code, (g).message_id from tests.generation('a') as g $$,
  $$ values ('COMPLETED', 'https://bucket.test/a.png', null::text, null::bigint) $$, 'the row has the address'
);
select ok((tests.generation('a')).finished_at >= (tests.generation('a')).started_at, 'and its end');
select results_eq(
  $$ select a.outcome, a.model, a.latency_ms, a.usage, a.error_code from private.generation_attempts as a $$,
  $$ values ('completed', 'gpt-image-1.5', 1234, '{"total_tokens": 7}'::jsonb, null::text) $$,
  'the attempt has what it cost'
);
select is(tests.credits(1), 18, 'no credits move');
select is_empty($$ select from pgmq.a_generations $$, 'the archive is for dead letters');
select results_eq(
  $$ select q.message ->> 'generation_id' from pgmq.q_generations as q $$,
  $$ select (tests.generation('next')).id::text $$, 'the user''s next one took its place in the queue'
);

-- TEST: without an address
select tests.claim();
select throws_ok(
  $$ select public.complete_generation((tests.generation('next')).id, 1, null) $$, '23514', null,
  'a picture without an address is none'
);
select is((tests.generation('next')).status, 'PROCESSING', 'and changes nothing');

select * from finish();
rollback;
