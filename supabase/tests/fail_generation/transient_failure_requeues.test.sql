-- What may succeed later goes back to the queue, keeps its credits, and comes back when it should.
begin;
select plan(10);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
create function pg_temp.fail(kind text, delay_ms integer, retry_after_ms integer) returns jsonb language sql as $$
  select public.fail_generation(
    (tests.generation('a')).id, (tests.generation('a')).attempt, kind, 'provider_timeout', 'x', delay_ms, retry_after_ms)
$$;
-- In steps of five seconds: however slow the machine.
create function pg_temp.hidden_seconds() returns integer language sql as $$
  select ceil(extract(epoch from (tests.message(tests.generation('a'))).vt - clock_timestamp()) / 5) * 5
$$;

-- TEST: backoff
select is(
  pg_temp.fail('transient', 29500, null),
  '{"outcome": "requeued", "status": "PROCESSING", "retry_in_ms": 30000}'::jsonb, 'it is told when, in whole seconds'
);
select is(pg_temp.hidden_seconds(), 30, 'the message is hidden until then');
select is((tests.generation('a')).status, 'PROCESSING', 'it is not PENDING again');
select is((tests.generation('a')).error_code, null, 'no error shows yet');
select is(tests.credits(1), 16, 'the credits stay where they are');
select is(tests.claim(), 0, 'nobody gets it before');

-- TEST: the next attempt
select pgmq.set_vt('generations', (tests.generation('a')).message_id, 0);
select is(
  public.claim_generations(tests.worker_id(), 1) #>> '{jobs,0,failures}', '1', 'the worker learns of the failure'
);
select is((tests.generation('a')).attempt, 2, 'the fence moved on');

-- TEST: the longer wait counts
select pg_temp.fail('transient', 1000, 45000);
select is(pg_temp.hidden_seconds(), 45, 'Retry-After is honoured');
select is(private.count_failed_attempts((tests.generation('a')).id), 2, 'both attempts are spent');

select * from finish();
rollback;
