-- Calls that are or may be billed: two are all that a generation is worth, whatever max_attempts says.
begin;
select plan(8);

-- SETUP
select tests.create_user(1, credits => 100);
update private.settings set max_attempts = 50, per_user_concurrency = 10, lease_seconds = 3600;
create function pg_temp.fail(prompt text, maybe_billed boolean) returns text language sql as $$
  select public.fail_generation(
    (tests.generation(prompt)).id, (tests.generation(prompt)).attempt, 'transient', 'provider_timeout', 'no picture',
    maybe_billed => maybe_billed) ->> 'outcome'
$$;

-- TEST: certainly not billed
select tests.start(tests.user_id(1), 'a', 'low');
select is(array(select pg_temp.fail('a', false) from generate_series(1, 1), lateral tests.claim()), array['requeued']);
select tests.claim();
select is(pg_temp.fail('a', false), 'requeued', 'refusals before any work spend none of it');

-- TEST: billed
select tests.claim();
select is(pg_temp.fail('a', true), 'requeued', 'the first purchase');
select tests.claim();
select is(pg_temp.fail('a', true), 'failed', 'the second is the last');
select is(tests.credits(1), 100, 'it is refunded');

-- TEST: a worker that was lost may have bought one
select tests.start(tests.user_id(1), 'b', 'low');
select tests.end_lease(tests.generation('b'));
select is(private.expire_lease((tests.generation('b')).id, 1), 'requeued', 'the first');
select tests.claim();
select tests.end_lease(tests.generation('b'));
select is(private.expire_lease((tests.generation('b')).id, 2), 'failed', 'the second');
select is((tests.generation('b')).error_code, 'attempts_exhausted');

select * from finish();
rollback;
