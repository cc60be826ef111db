-- A bucket of tokens_per_minute, refilled evenly.
begin;
select plan(11);

-- SETUP
select tests.as_service();
create function pg_temp.take(identifier text, per_minute integer default 3) returns jsonb language sql as $$
  select public.take_rate_limit_token('test', identifier, per_minute)
$$;
create function pg_temp.time_passes(seconds double precision) returns void language sql as $$
  update private.rate_limits as r set updated_at = r.updated_at - make_interval(secs => seconds) where true
$$;

-- TEST: a full bucket
select is(
  pg_temp.take('a'), '{"allowed": true, "limit": 3, "remaining": 2, "reset_seconds": 20}'::jsonb, 'the first token'
);
select is((pg_temp.take('a') ->> 'remaining')::integer, 1, 'the second');
select is((pg_temp.take('a') ->> 'remaining')::integer, 0, 'the third');
select is(
  pg_temp.take('a') - 'reset_seconds', '{"allowed": false, "limit": 3, "remaining": 0}'::jsonb, 'there is no fourth'
);
select is((pg_temp.take('b') ->> 'allowed')::boolean, true, 'others have buckets of their own');

-- TEST: the refill
select pg_temp.time_passes(15);
select is((pg_temp.take('a') ->> 'allowed')::boolean, false, 'three quarters of a token are none');
select ok((pg_temp.take('a') ->> 'reset_seconds')::integer between 1 and 5, 'the rest of the wait is told');
select pg_temp.time_passes(5);
select is((pg_temp.take('a') ->> 'allowed')::boolean, true, 'a whole one is');
select pg_temp.time_passes(3600);
select is((pg_temp.take('a') ->> 'remaining')::integer, 2, 'a bucket never holds more than a minute');

-- TEST: a limit that changes
select is((pg_temp.take('a', 2) ->> 'remaining')::integer, 1, 'a lower limit counts at once');
select pg_temp.time_passes(-60);
select is((pg_temp.take('a', 2) ->> 'remaining')::integer, 0, 'a clock that steps back gives and takes nothing');

select * from finish();
rollback;
