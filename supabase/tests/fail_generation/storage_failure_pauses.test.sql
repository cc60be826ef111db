-- A picture that cannot be stored is paid for all the same: no other is generated until one could be.
begin;
select plan(13);

-- SETUP
select tests.create_user(n) from generate_series(1, 3) as n;
update private.settings set max_attempts = 2, max_concurrent = 10;
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
select tests.submit(tests.user_id(2), 'b');
select tests.submit(tests.user_id(3), 'c');
create function pg_temp.time_passes() returns integer language plpgsql as $$
begin
  update private.provider_state set paused_until = clock_timestamp() - interval '1 second' where singleton;
  return tests.claim();
end;
$$;

-- TEST: the failure
select is(tests.fail(tests.generation('a'), 'storage', 'storage_unavailable'), 'requeued', 'the job is tried again');
select is((select p.pause_kind from private.provider_state as p), 'storage', 'the pause says why');
select is(private.count_failed_attempts((tests.generation('a')).id), 1, 'the attempt is spent: its picture was paid for');
select throws_ok($$ select tests.submit(tests.user_id(1)) $$, 'PX503');
select is(tests.claim(), 0, 'nobody generates meanwhile');

-- TEST: the probe
select is(pg_temp.time_passes(), 1, 'one job probes');
select is(tests.fail(tests.generation('b'), 'storage', 'storage_unavailable'), 'requeued', 'in vain');
select cmp_ok(
  (select p.paused_until from private.provider_state as p), '>', clock_timestamp() + interval '40 seconds',
  'the next pause is twice as long'
);
select is(pg_temp.time_passes(), 1, 'another one probes');
select is(tests.complete(tests.generation('c')), 'completed', 'and can be stored');
select is((select p.pause_kind from private.provider_state as p), null, 'which ends the pause');
select lives_ok($$ select tests.submit(tests.user_id(1), 'd') $$, 'submissions are accepted again');

-- TEST: an attempt too many
select pgmq.set_vt('generations', (tests.generation('a')).message_id, 0);
select tests.claim();
select is(tests.fail(tests.generation('a'), 'storage', 'storage_unavailable'), 'failed', 'max_attempts holds as ever');

select * from finish();
rollback;
