-- select admin.requeue_generation(generation_id => '...', note => 'provider is back');
begin;
select plan(15);

-- SETUP
select tests.create_user(1);
create function pg_temp.requeue(prompt text) returns uuid language sql as $$
  select admin.requeue_generation(generation_id => (tests.generation(prompt)).id, note => 'again')
$$;

-- TEST: one that waits for its backoff
select tests.start(tests.user_id(1), 'a', 'low');
select tests.fail(tests.generation('a'), 'transient');
select pgmq.set_vt('generations', (tests.generation('a')).message_id, 600);
select is(pg_temp.requeue('a'), (tests.generation('a')).id, 'it is the same generation');
select is(tests.claim(), 1, 'it can be claimed now');

-- TEST: one that a worker holds
select is(pg_temp.requeue('a'), (tests.generation('a')).id);
select is(
  (select a.outcome from private.generation_attempts as a where a.attempt = 2), 'released', 'it is taken from the worker'
);
select is(private.count_failed_attempts((tests.generation('a')).id), 1, 'at no cost of an attempt');
select is(tests.claim(), 1, 'and can be claimed now');
select is(tests.complete(tests.generation('a')), 'completed');

-- TEST: one that waits in its lane
update private.settings set per_user_concurrency = 1;
select tests.submit(tests.user_id(1), 'first', 'low');
select tests.submit(tests.user_id(1), 'second', 'low');
select pg_temp.requeue('second');
select is((tests.generation('second')).message_id, null, 'it keeps its place');

-- TEST: one that has ended
select tests.claim();
select tests.fail(tests.generation('first'), 'permanent', 'internal');
create temp table ended on commit drop as select * from tests.generation('first');
select isnt(pg_temp.requeue('first'), (select e.id from ended as e), 'the same request is a new generation');
select is((select g.status from public.generations as g, ended as e where g.id = e.id), 'FAILED', 'the old one stays');
select is(tests.credits(1), 17, 'the new one is charged (a, second, first anew)');

-- TEST: refusals
select throws_ok($$ select pg_temp.requeue('a') $$, 'PX003', null, 'a COMPLETED one');
select throws_ok($$ select admin.requeue_generation(gen_random_uuid(), 'x') $$, 'PX004', null, 'an unknown one');
select is_empty('select * from admin.ledger_violations', 'the ledger agrees');
update public.users set erased_at = now(), telegram_id = null where telegram_id = 1;
select throws_like(
  $$ select admin.requeue_generation((select e.id from ended as e), 'x') $$, '%is of an erased user%', 'one of an erased user');

select * from finish();
rollback;
