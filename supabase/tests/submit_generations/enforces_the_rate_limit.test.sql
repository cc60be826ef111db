-- The submission limit in Postgres, for requests that Redis could not judge.
begin;
select plan(9);

-- SETUP
select tests.create_user(1, credits => 100);
select tests.create_user(2, credits => 100);
update private.settings set rate_limit_per_minute = 2;
select tests.as_service();
create function pg_temp.submit(telegram_id bigint, enforce boolean) returns jsonb language sql as $$
  select tests.submit_raw(tests.submission(
    tests.user_id(telegram_id), changes => jsonb_build_object('enforce_rate_limit', enforce)))
$$;

-- TEST: the bucket
select is(
  (pg_temp.submit(1, true) -> 'rate_limit') - 'reset_seconds',
  '{"allowed": true, "limit": 2, "remaining": 1}'::jsonb, 'the answer tells what is left'
);
select lives_ok($$ select pg_temp.submit(1, true) $$, 'the last token is good');
select throws_ok(
  $$ select pg_temp.submit(1, true) $$, 'PX429', 'Too many generations: 2 a minute are allowed'
);
create temp table refusal on commit drop as
select tests.detail_of($$ select pg_temp.submit(1, true) $$) as detail;
select is(
  (select detail - '{reset_seconds,retry_after_seconds}'::text[] from refusal),
  '{"allowed": false, "limit": 2, "remaining": 0}'::jsonb,
  'the detail tells the limit'
);
select ok(
  (select (detail ->> 'retry_after_seconds')::integer between 20 and 30 and detail -> 'reset_seconds' = detail -> 'retry_after_seconds'
    from refusal), 'and when to come again'
);
select is(tests.credits(1), 98, 'a refusal debits nothing');

-- TEST: who is not limited
select lives_ok($$ select pg_temp.submit(2, true) $$, 'another user has another bucket');
select is(pg_temp.submit(1, false) -> 'rate_limit', 'null'::jsonb, 'a request Redis has judged takes no token');
select is((pg_temp.submit(1, false) -> 'rate_limit_per_minute')::integer, 2, 'the limit is told all the same');

select * from finish();
rollback;
