-- An accepted submission debits, inserts and enqueues together.
begin;
select plan(9);

-- SETUP
select tests.create_user(1, credits => 20);
select tests.as_service();
create temp table answer on commit drop as
select tests.submit_raw(tests.submission(
  tests.user_id(1), 'a cat', 'high', '{"size": "1536x1024", "output_format": "webp"}')) as submitted;

-- TEST: the answer
select is(
  (select array_agg(key order by key) from answer, jsonb_object_keys(submitted -> 'answer') as key),
  array['created_at', 'credits', 'id', 'poll_after_ms', 'queue', 'status'],
  'the answer holds what the contract promises and nothing else'
);
select is((select submitted ->> 'outcome' from answer), 'accepted', 'it is no replay');
select is((select submitted #>> '{answer,credits}' from answer), '5', 'the answer tells the new balance');
select is((select submitted #>> '{answer,queue,position}' from answer), '1', 'it is first in the queue');
select is((select submitted #>> '{answer,status}' from answer), 'PENDING', 'it is PENDING');

-- TEST: what it left
select is(tests.credits(1), 5, 'the price of high quality is debited');
select results_eq(
  $$ select l.kind, l.delta, l.generation_id from public.credit_ledger as l where l.kind = 'generation' $$,
  $$ select 'generation', -15, (tests.generation('a cat')).id $$,
  'the ledger says for what'
);
select results_eq(
  $$ select g.status, g.size, g.quality, g.output_format, g.cost, g.attempt from public.generations as g $$,
  $$ values ('PENDING', '1536x1024', 'high', 'webp', 15, 0) $$,
  'the row holds the request and its price'
);
select is(
  (tests.message(tests.generation('a cat'))).message,
  jsonb_build_object('generation_id', (tests.generation('a cat')).id),
  'the message names the generation and nothing else'
);

select * from finish();
rollback;
