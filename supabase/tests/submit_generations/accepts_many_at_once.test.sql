-- Many submissions in one transaction: each is debited, inserted and enqueued as if it had come alone.
begin;
select plan(12);

-- SETUP
select tests.create_user(n, credits => 20) from generate_series(1, 3) as n;
update private.settings set per_user_concurrency = 1;
select tests.as_service();
select tests.submit(tests.user_id(3), 'earlier', 'low');
create temp table batch on commit drop as
select jsonb_agg(tests.submission(tests.user_id(n), 'cat ' || n, quality) order by n) as submissions
from (values (1, 'low'), (2, 'high'), (3, 'medium')) as v (n, quality);
create temp table answer on commit drop as
select a.place, a.value as submitted, b.submissions -> (a.place::integer - 1) as submission
from batch as b, jsonb_array_elements(public.submit_generations(b.submissions)) with ordinality as a (value, place);

-- TEST: the answers
select is((select count(*) from answer as a where jsonb_typeof(a.submitted) = 'object'), 3::bigint, 'all are accepted');
select is_empty(
  $$ select from answer where submitted #>> '{answer,id}' <> submission ->> 'generation_id' $$, 'in their order'
);
select set_eq(
  $$ select jsonb_object_keys(submitted -> 'answer') from answer $$,
  array['created_at', 'credits', 'id', 'poll_after_ms', 'queue', 'status'],
  'an answer holds what the contract promises and nothing else'
);
select results_eq(
  $$ select (submitted #>> '{answer,credits}')::integer from answer order by place $$,
  array[19, 5, 15], 'it tells the new balance'
);
select results_eq(
  $$ select (submitted #>> '{answer,queue,position}')::integer from answer order by place $$,
  array[2, 3, 4], 'and the place behind those that came before'
);

-- TEST: what they left
select results_eq(
  'select tests.credits(n) from generate_series(1, 3) as n', array[19, 5, 15], 'the balances are what the answers say'
);
select results_eq(
  $$ select l.delta, g.prompt from public.credit_ledger as l join public.generations as g on g.id = l.generation_id
    where g.prompt like 'cat %' order by g.prompt $$,
  $$ values (-1, 'cat 1'), (-15, 'cat 2'), (-4, 'cat 3') $$, 'the ledger says for what'
);
select results_eq(
  $$ select g.prompt, g.status, g.quality, g.cost, g.attempt from public.generations as g
    where g.prompt like 'cat %' order by g.created_at $$,
  $$ values ('cat 1', 'PENDING', 'low', 1, 0), ('cat 2', 'PENDING', 'high', 15, 0), ('cat 3', 'PENDING', 'medium', 4, 0) $$,
  'the rows hold the requests, in their order'
);
select results_eq(
  $$ select (tests.message(tests.generation('cat ' || n))).message ->> 'generation_id' from generate_series(1, 2) as n $$,
  $$ select (tests.generation('cat ' || n)).id::text from generate_series(1, 2) as n $$,
  'each message names its own generation'
);
select ok((tests.generation('cat 1')).message_id < (tests.generation('cat 2')).message_id, 'they are queued in their order');
select is((tests.generation('cat 3')).message_id, null, 'one whose lane is full waits in the table');
select is(public.submit_generations('[]'), '[]'::jsonb, 'no submissions, no answers');

select * from finish();
rollback;
