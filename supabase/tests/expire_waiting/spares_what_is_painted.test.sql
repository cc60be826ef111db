-- Between two attempts a job may wait as long as any; while one runs it is not touched.
begin;
select plan(8);

-- SETUP
select tests.create_user(1);
update private.settings set max_queue_seconds = 60;
select tests.start(tests.user_id(1), 'a');
create function pg_temp.time_passes() returns void language sql as $$
  update public.generations as g
  set created_at = g.created_at - interval '61 seconds', started_at = g.started_at - interval '61 seconds'
  where g.prompt = 'a';
  update private.generation_attempts as a set finished_at = a.finished_at - interval '61 seconds' where true;
$$;

-- TEST: an attempt runs
select pg_temp.time_passes();
select is(private.expire_waiting(10), 0, 'however long ago it was submitted');
select tests.end_lease(tests.generation('a'));
select is(private.expire_waiting(10), 0, 'nor before somebody has ended a lost one');

-- TEST: between attempts
select tests.fail(tests.generation('a'), 'transient');
select is(private.expire_waiting(10), 0, 'a fresh failure may be retried');
select pg_temp.time_passes();
select is(private.expire_waiting(10), 1, 'a minute without an attempt is too long');
select results_eq(
  $$ select (g).status, (g).error_code from tests.generation('a') as g $$,
  $$ values ('FAILED', 'provider_unavailable') $$, 'it is FAILED'
);
select is(tests.credits(1), 20, 'and refunded');
select is_empty('select from pgmq.q_generations', 'its message is gone');
select is_empty('select * from admin.ledger_violations', 'the ledger agrees');

select * from finish();
rollback;
