-- What was lost, ended or is another's is not extended.
begin;
select plan(9);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
create function pg_temp.beat(worker uuid, attempt integer) returns jsonb language sql as $$
  select public.extend_leases(worker, jsonb_build_array(
    jsonb_build_object('generation_id', (tests.generation('a')).id, 'attempt', attempt)))
$$;

-- TEST: whose it is not
select is(pg_temp.beat(gen_random_uuid(), 1), '[]'::jsonb, 'another worker''s');
select is(pg_temp.beat(tests.worker_id(), 2), '[]'::jsonb, 'another attempt');
select isnt(pg_temp.beat(tests.worker_id(), 1), '[]'::jsonb, 'its own it is');

-- TEST: what is over
select tests.end_lease(tests.generation('a'));
select is(pg_temp.beat(tests.worker_id(), 1), '[]'::jsonb, 'a lease that has run out stays so');
select ok(
  (select a.lease_expires_at < clock_timestamp() from private.generation_attempts as a), 'its slot may be another''s'
);
select tests.as_owner();
select private.expire_lease((tests.generation('a')).id, 1);
select tests.as_service();
select tests.claim();
select is(pg_temp.beat(tests.worker_id(), 1), '[]'::jsonb, 'nor is the attempt before the latest');
select isnt(pg_temp.beat(tests.worker_id(), 2), '[]'::jsonb, 'the latest is');
select tests.complete(tests.generation('a'));
select is(pg_temp.beat(tests.worker_id(), 2), '[]'::jsonb, 'until it has ended, though its lease had time left');
select is_empty($$ select from pgmq.q_generations $$, 'its message does not come back');

select * from finish();
rollback;
