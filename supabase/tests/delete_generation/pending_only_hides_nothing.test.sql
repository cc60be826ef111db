-- A cancellation that comes too late leaves the picture where it is; one that comes twice is given again.
begin;
select plan(8);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'finished');
select tests.complete(tests.generation('finished'));
select tests.start(tests.user_id(1), 'running');
create function pg_temp.cancel(prompt text) returns jsonb language sql as $$
  select public.delete_generation(tests.user_id(1), null, (tests.generation(prompt)).id, pending_only => true)
$$;

-- TEST: too late
select throws_ok($$ select pg_temp.cancel('finished') $$, 'PX410');
select is((tests.generation('finished')).deleted_at, null, 'it is not hidden');
select is_empty('select from private.object_deletions', 'its picture stays');
select throws_ok($$ select pg_temp.cancel('running') $$, 'PX410');

-- TEST: in time, and again
select tests.submit(tests.user_id(1), 'waiting');
select is(pg_temp.cancel('waiting') ->> 'status', 'CANCELLED', 'what waits is cancelled');
select is(pg_temp.cancel('waiting') ->> 'status', 'CANCELLED', 'again it is told so');
select is((tests.generation('waiting')).deleted_at, null, 'and not hidden');
select is(
  (select count(*) from public.credit_ledger as l where l.kind = 'refund')::integer, 1, 'refunded once'
);

select * from finish();
rollback;
