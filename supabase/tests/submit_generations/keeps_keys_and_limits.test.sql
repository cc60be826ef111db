-- Idempotency keys and the rate limit in Postgres, for submissions that come together.
begin;
select plan(8);

-- SETUP
select tests.create_user(n, credits => 20) from generate_series(1, 3) as n;
update private.settings set rate_limit_per_minute = 2, max_pending_per_user = 2;
select tests.as_service();
create function pg_temp.submit_limited(telegram_id bigint) returns jsonb language sql as $$
  select public.submit_generations(jsonb_build_array(
    tests.submission(tests.user_id(telegram_id), 'limited', changes => '{"enforce_rate_limit": true}'))) -> 0
$$;
create function pg_temp.tokens(telegram_id bigint) returns numeric language sql as $$
  select floor(r.tokens)::numeric from private.rate_limits as r where r.identifier = tests.user_id(telegram_id)::text
$$;

-- TEST: keys
create temp table answer on commit drop as
select public.submit_generations(jsonb_build_array(tests.submission(tests.user_id(1), 'keyed', changes =>
  jsonb_build_object('idempotency_key', 'key', 'request_hash', repeat('0', 64))))) -> 0 as first;
select is(
  public.submit_generation(tests.user_id(1), null, 'keyed', '1024x1024', 'low', 'png', 'key', repeat('0', 64)) -> 'answer',
  (select first -> 'answer' from answer), 'the same key gives the answer of the batch again'
);
select throws_ok(
  $$ select public.submit_generation(tests.user_id(1), null, 'x', '1024x1024', 'low', 'png', 'key', repeat('1', 64)) $$,
  'PX409', null, 'and no other request'
);
select is(tests.credits(1), 19, 'it was paid once');

-- TEST: the limit
select is(
  (pg_temp.submit_limited(2) -> 'rate_limit') - 'reset_seconds', '{"allowed": true, "limit": 2, "remaining": 1}'::jsonb,
  'the answer tells what is left of the bucket'
);
select is(pg_temp.tokens(2), 1::numeric, 'a token was taken');
update private.rate_limits as r set tokens = 0, updated_at = clock_timestamp() where r.rule = 'generation';
select is(pg_temp.submit_limited(2), 'null'::jsonb, 'without a token it is left to submit_generation, which refuses');

-- TEST: what is left takes no token
select tests.submit(tests.user_id(3), 'busy', 'low') from generate_series(1, 2);
select is(pg_temp.submit_limited(3), 'null'::jsonb, 'one that cannot be accepted');
select is(pg_temp.tokens(3), null, 'spends nothing here, or it would pay twice');

select * from finish();
rollback;
