-- A worker that lost its job does not get it back, however far it got.
begin;
select plan(9);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
select tests.end_lease(tests.generation('a'));
select tests.as_owner();
select private.lose_attempt((tests.generation('a')).id, 1);
select tests.as_service();
create function pg_temp.complete(attempt integer) returns text language sql as $$
  select public.complete_generation((tests.generation('a')).id, attempt, 'https://bucket.test/a.png') ->> 'outcome'
$$;

-- TEST: between attempts
select is(pg_temp.complete(1), 'stale', 'the lost attempt is refused');

-- TEST: while another works on it
select tests.claim();
select is(pg_temp.complete(1), 'stale', 'the fence has moved on');
select is(pg_temp.complete(3), 'stale', 'nor can it be jumped');
select is((tests.generation('a')).status, 'PROCESSING', 'the row is untouched');
select is(pg_temp.complete(2), 'completed', 'the attempt that holds it completes');
select is(pg_temp.complete(1), 'stale', 'the old one still learns that it did not');

-- TEST: after another end
select tests.start(tests.user_id(1), 'b');
select tests.fail(tests.generation('b'), 'permanent', 'invalid_prompt');
select is(tests.complete(tests.generation('b')), 'stale', 'a FAILED one stays FAILED');
select is((tests.generation('b')).public_url, null, 'without an address');
select is(
  public.complete_generation(gen_random_uuid(), 1, 'https://bucket.test/x.png'),
  '{"outcome": "stale", "status": null}'::jsonb, 'an unknown id is stale'
);

select * from finish();
rollback;
