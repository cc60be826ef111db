-- Only the attempt that holds the job may end it, once.
begin;
select plan(9);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
create function pg_temp.fail(attempt integer, kind text) returns text language sql as $$
  select public.fail_generation(
    (tests.generation('a')).id, attempt, kind, 'internal', 'x', retry_after_ms => 60000) ->> 'outcome'
$$;

-- TEST: not its turn
select is(pg_temp.fail(2, 'permanent'), 'stale', 'an attempt that was never made');
select is(pg_temp.fail(0, 'permanent'), 'stale');
select is((tests.generation('a')).status, 'PROCESSING', 'nothing changed');

-- TEST: again
select is(pg_temp.fail(1, 'transient'), 'requeued');
create temp table before on commit drop as select * from tests.generation('a');
select is(pg_temp.fail(1, 'permanent'), 'stale', 'the same attempt a second time');
select is(pg_temp.fail(1, 'money'), 'stale', 'with a kind that would pause');
select is((select p.pause_kind from private.provider_state as p), null, 'nothing is paused');
select results_eq($$ select * from tests.generation('a') $$, 'table before', 'the row is the same');

-- TEST: the refund is paid once
select pgmq.set_vt('generations', (tests.generation('a')).message_id, 0);
select tests.claim();
select pg_temp.fail(2, 'permanent');
select pg_temp.fail(2, 'permanent');
select is(tests.credits(1), 20, 'the balance is whole, not more');

select * from finish();
rollback;
