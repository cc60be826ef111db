-- A refusal is a value: an error would roll the spent token back.
begin;
select plan(19);

-- SETUP
select tests.create_user(n, credits) from (values (1, 1), (2, 20), (3, 20)) as users (n, credits);
update private.settings set rate_limit_per_minute = 2, max_pending_per_user = 1;
select tests.as_service();
create function pg_temp.submit(telegram_id bigint, enforce boolean default true, key text default null) returns jsonb
language sql as $$
  select public.submit_generations(jsonb_build_array(tests.submission(
    tests.user_id(telegram_id), quality => 'medium', changes => jsonb_build_object(
      'idempotency_key', key, 'request_hash', 'hash', 'enforce_rate_limit', enforce)))) -> 0
$$;
create function pg_temp.left_over(telegram_id bigint) returns integer language sql as $$
  select floor(r.tokens)::integer from private.rate_limits as r where r.identifier = tests.user_id(telegram_id)::text
$$;

-- TEST: too few credits
create temp table first on commit drop as select pg_temp.submit(1, key => 'key') as answer;
select is((select answer ->> 'outcome' from first), 'refused', 'the outcome is a value');
select is((select answer -> 'answer' from first), 'null'::jsonb, 'there is no answer');
select is(
  (select answer -> 'refusal' from first),
  '{"code": "PX402", "message": "Not enough credits: this image costs 4, the balance is 1", "detail": null}'::jsonb,
  'it says why'
);
select is(
  (select (answer -> 'rate_limit') - 'reset_seconds' from first),
  '{"allowed": true, "limit": 2, "remaining": 1}'::jsonb, 'and what is left of the limit'
);
select is((select answer -> 'rate_limit_per_minute' from first), '2'::jsonb);
select is(pg_temp.left_over(1), 1, 'the token is spent');
select is_empty('select from private.idempotency_keys', 'the key is free for another try');
select is(pg_temp.submit(1) #>> '{refusal,code}', 'PX402', 'the last token');
select is(pg_temp.submit(1) #>> '{refusal,code}', 'PX429', 'refusals are limited, too');

-- TEST: too many unfinished
select is(pg_temp.submit(2) ->> 'outcome', 'accepted', 'the first is accepted');
select is(pg_temp.submit(2) #>> '{refusal,code}', 'PX430');
select is(pg_temp.submit(2) #>> '{refusal,code}', 'PX429');

-- TEST: paused
select tests.as_owner();
select admin.pause('test');
select tests.as_service();
select is(
  pg_temp.submit(3) -> 'refusal',
  '{"code": "PX503", "message": "Generation is paused for now: nothing was charged", "detail": {"retry_after_seconds": 60}}'::jsonb
);
select is(pg_temp.left_over(3), 1, 'the token is spent');

-- TEST: where Redis has judged
select is(pg_temp.submit(3, false) #>> '{refusal,code}', 'PX503');
select is(pg_temp.left_over(3), 1, 'no token is taken here');

-- TEST: nothing was left
select is(array(select tests.credits(n) from generate_series(1, 3) as n), array[1, 16, 20], 'only the accepted one was charged');
select is((select count(*) from public.generations)::integer, 1, 'only it left a row');
select is((select count(*) from pgmq.q_generations)::integer, 1, 'and a message');

select * from finish();
rollback;
