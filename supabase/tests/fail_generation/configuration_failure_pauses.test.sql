-- A parameter that the provider refuses would fail every job: it fails none, and the service pauses.
begin;
select plan(6);

-- SETUP
select tests.create_user(n, credits => 100) from generate_series(1, 2) as n;
update private.settings set max_attempts = 1;
select tests.start(tests.user_id(1), 'a', 'low');

-- TEST: the failure
select is(tests.fail(tests.generation('a'), 'configuration'), 'requeued', 'the job is kept, whatever max_attempts says');
select results_eq(
  'select h.pause_kind, h.pause_note from admin.queue_health as h', $$ values ('configuration', 'made to fail') $$,
  'the operator sees the pause and its reason'
);
select throws_ok($$ select tests.submit(tests.user_id(2)) $$, 'PX503', null, 'submissions are refused');

-- TEST: the probe
update private.provider_state set paused_until = clock_timestamp() - interval '1 second' where singleton;
update pgmq.q_generations set vt = clock_timestamp() where true;
select tests.claim();
select is(tests.fail(tests.generation('a'), 'configuration'), 'requeued', 'as often as it is refused');
update private.provider_state set paused_until = clock_timestamp() - interval '1 second' where singleton;
update pgmq.q_generations set vt = clock_timestamp() where true;
select tests.claim();
select is(tests.complete(tests.generation('a')), 'completed', 'until it is not');
select lives_ok($$ select tests.submit(tests.user_id(2)) $$, 'then submissions are accepted');

select * from finish();
rollback;
