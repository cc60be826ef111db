-- Before a full queue the batch takes the tokens of those it refuses, where Redis could not judge.
begin;
select plan(6);

-- SETUP
select tests.create_user(n) from generate_series(1, 4) as n;
update private.settings set rate_limit_per_minute = 2, max_concurrent = 1, max_queue_seconds = 5, max_pending_per_user = 1;
update private.queue_state set service_ms = 10000, refreshed_at = 'infinity';
select tests.as_service();
select tests.submit(tests.user_id(1));
create function pg_temp.answers() returns table (code text, remaining integer) language sql as $$
  select a.value #>> '{refused,code}', (a.value #>> '{rate_limit,remaining}')::integer
  from jsonb_array_elements(public.submit_generations(jsonb_build_array(
    tests.submission(tests.user_id(1), changes => '{"enforce_rate_limit": true}'),
    tests.submission(tests.user_id(2), changes => '{"enforce_rate_limit": true}'),
    tests.submission(tests.user_id(3), changes => '{"enforce_rate_limit": true}'),
    tests.submission(tests.user_id(4))
  ))) with ordinality as a (value, place)
  order by a.place
$$;
create function pg_temp.tokens(telegram_id bigint) returns integer language sql as $$
  select floor(r.tokens)::integer from private.rate_limits as r where r.identifier = tests.user_id(telegram_id)::text
$$;

-- TEST: with tokens
select results_eq(
  'select * from pg_temp.answers()',
  $$ values (null::text, null::integer), ('PX503', 1), ('PX503', 1), ('PX503', null) $$,
  'each tells its bucket, where one was asked for'
);
select is(array[pg_temp.tokens(2), pg_temp.tokens(3)], array[1, 1], 'a token each is spent');
select is(pg_temp.tokens(4), null, 'none where Redis has judged');
select is(pg_temp.tokens(1), null, 'nor of what is left to submit_generation, or it would pay twice');

-- TEST: without
update private.rate_limits as r set tokens = 0, updated_at = clock_timestamp()
where r.identifier = tests.user_id(2)::text;
select results_eq(
  'select * from pg_temp.answers()',
  $$ values (null::text, null::integer), (null, null), ('PX503', 0), ('PX503', null) $$,
  'one over its limit is left to submit_generation, which says so'
);
select is(array(select tests.credits(n) from generate_series(2, 4) as n), array[20, 20, 20], 'nobody paid');

select * from finish();
rollback;
