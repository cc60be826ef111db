-- What fails the jobs of three users alike is a fault of configuration: the service pauses, and no further job pays for it.
begin;
select plan(15);

-- SETUP
select tests.create_user(n, credits => 100) from generate_series(1, 5) as n;
update private.settings set max_attempts = 4;
create function pg_temp.fail(prompt text, kind text, signature text) returns text language sql as $$
  select public.fail_generation(
    (tests.generation(prompt)).id, (tests.generation(prompt)).attempt, kind, 'invalid_prompt', 'the provider says no',
    signature => signature) ->> 'outcome'
$$;
create function pg_temp.pause() returns text language sql as $$
  select concat_ws(': ', p.pause_kind, p.pause_note) from private.provider_state as p
$$;
create function pg_temp.pause_ends() returns void language sql as $$
  update private.provider_state set paused_until = clock_timestamp() - interval '1 second' where singleton;
  update pgmq.q_generations set vt = clock_timestamp() where true
$$;

-- TEST: the first two users' jobs end
select tests.start(tests.user_id(1), 'a', 'low');
select is(pg_temp.fail('a', 'permanent', '400'), 'failed', 'the first ends');
select tests.start(tests.user_id(1), 'b', 'low');
select is(pg_temp.fail('b', 'permanent', '400'), 'failed', 'another one of the same user counts no further');
select tests.start(tests.user_id(2), 'c', 'low');
select is(pg_temp.fail('c', 'permanent', '400'), 'failed', 'the second user''s ends');
select is(pg_temp.pause(), '', 'nothing is paused');

-- TEST: the third
select tests.start(tests.user_id(3), 'd', 'low');
select is(pg_temp.fail('d', 'permanent', '400'), 'requeued', 'the third user''s job is kept');
select is(pg_temp.pause(), 'configuration: the provider says no', 'the service pauses and says why');
select throws_ok($$ select tests.submit(tests.user_id(4)) $$, 'PX503', null, 'submissions are refused');
select is(private.count_failed_attempts((tests.generation('d')).id), 0, 'the job keeps its attempt');
select is(array(select tests.credits(n) from generate_series(1, 4) as n), array[100, 100, 99, 100], 'only the kept one is paid');

-- TEST: the probe
select pg_temp.pause_ends();
select tests.submit(tests.user_id(4), 'e', 'low');
select is(tests.claim(), 1, 'one job probes');
select is(tests.complete(tests.generation('d')), 'completed', 'and succeeds');
select is(pg_temp.pause(), '', 'then the service is open again');
select tests.claim();
select is(pg_temp.fail('e', 'permanent', '400'), 'failed', 'and the count begins anew');

-- TEST: other failures in between, and failures without a signature
select tests.start(tests.user_id(1), 'f', 'low');
select pg_temp.fail('f', 'permanent', 'another');
select tests.start(tests.user_id(2), 'g', 'low');
select pg_temp.fail('g', 'permanent', '400');
select tests.start(tests.user_id(3), 'h', 'low');
select is(pg_temp.fail('h', 'permanent', '400'), 'failed', 'only those in a row count');
select tests.start(tests.user_id(4), 'i', 'low');
select is(pg_temp.fail('i', 'permanent', null), 'failed', 'one that the job is to blame for does not');

select * from finish();
rollback;
