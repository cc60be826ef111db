-- A worker that stopped breathing loses its job, once.
begin;
select plan(12);

-- SETUP
select tests.create_user(1);
update private.settings set max_attempts = 2;
select tests.start(tests.user_id(1), 'a');
create function pg_temp.lose(attempt integer) returns text language sql as $$
  select private.expire_lease((tests.generation('a')).id, attempt)
$$;

-- TEST: the lease holds
select is(pg_temp.lose(1), 'kept', 'nothing is taken while the lease holds');
select is((select a.finished_at from private.generation_attempts as a), null, 'the attempt goes on');

-- TEST: it ran out
select tests.end_lease(tests.generation('a'));
select is(pg_temp.lose(1), 'requeued', 'the job goes back to the queue');
select results_eq(
  'select a.outcome, a.error_message from private.generation_attempts as a',
  $$ values ('lost', 'The lease ran out') $$, 'the attempt says why'
);
select ok((tests.message(tests.generation('a'))).vt <= clock_timestamp(), 'it can be claimed at once');
select is(tests.credits(1), 16, 'the credits stay where they are');
select is(pg_temp.lose(1), 'kept', 'again changes nothing');
select is(pg_temp.lose(7), 'kept', 'nor does an attempt that was never made');

-- TEST: the last attempt
select tests.claim();
select tests.end_lease(tests.generation('a'));
select is(pg_temp.lose(2), 'failed', 'it fails when it was the last');
select results_eq(
  $$ select (g).status, (g).error_code from tests.generation('a') as g $$,
  $$ values ('FAILED', 'attempts_exhausted') $$, 'the row says why'
);
select is(tests.credits(1), 20, 'the credits are back');
select is((select count(*) from pgmq.a_generations)::integer, 1, 'the operator finds a dead letter');

select * from finish();
rollback;
