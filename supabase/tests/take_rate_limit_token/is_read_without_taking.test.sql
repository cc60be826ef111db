-- read_rate_limit tells what the next taker would find, and takes nothing.
begin;
select plan(5);

-- SETUP
select tests.as_service();
create function pg_temp.read(per_minute integer default 3) returns jsonb language sql as $$
  select public.read_rate_limit('test', 'a', per_minute)
$$;

-- TEST: a bucket nobody has used
select is(pg_temp.read(), '{"limit": 3, "remaining": 3, "reset_seconds": 20}'::jsonb, 'it is full');
select is_empty('select from private.rate_limits', 'and is not made by looking');

-- TEST: one that is in use
select public.take_rate_limit_token('test', 'a', 3) from generate_series(1, 2);
select is((pg_temp.read() ->> 'remaining')::integer, 1, 'two are taken');
update private.rate_limits as r set updated_at = r.updated_at - interval '25 seconds' where true;
select is((pg_temp.read() ->> 'remaining')::integer, 2, 'what was refilled since counts');
select is((pg_temp.read(1) ->> 'remaining')::integer, 1, 'and never more than the limit of today');

select * from finish();
rollback;
