-- A refusal is a value: an error would roll the spent token and the count of the queue back.
begin;
select plan(23);

-- SETUP
select tests.create_user(n, credits) from (values (1, 1), (2, 20), (3, 20)) as users (n, credits);
update private.settings set rate_limit_per_minute = 2, max_pending_per_user = 1;
select tests.as_service();
create function pg_temp.submit(telegram_id bigint, enforce boolean default true, key text default null) returns jsonb
language sql as $$
  select public.submit_generation(
    tests.user_id(telegram_id), null, 'a cat', '1024x1024', 'medium', 'png', key, 'hash', enforce_rate_limit => enforce)
$$;
create function pg_temp.left_over(telegram_id bigint) returns integer language sql as $$
  select floor(r.tokens)::integer from private.rate_limits as r where r.identifier = tests.user_id(telegram_id)::text
$$;

-- TEST: too few credits
create temp table first on commit drop as select pg_temp.submit(1, key => 'key') as answer;
select set_eq(
  'select jsonb_object_keys(answer) from first', array['refused', 'rate_limit', 'rate_limit_per_minute'], 'there is no answer'
);
select set_eq($$ select jsonb_object_keys(answer -> 'refused') from first $$, array['code', 'message', 'details']);
select is(
  (select (answer -> 'refused') - 'details' from first),
  '{"code": "PX402", "message": "Not enough credits: this image costs 4, the balance is 1"}'::jsonb, 'it says why'
);
select is(
  (select (answer -> 'rate_limit') - 'reset_seconds' from first),
  '{"allowed": true, "limit": 2, "remaining": 1}'::jsonb, 'and what is left of the limit'
);
select is((select answer -> 'rate_limit_per_minute' from first), '2'::jsonb);
select is(pg_temp.left_over(1), 1, 'the token is spent');
select is_empty('select from private.idempotency_keys', 'the key is free for another try');
select is(pg_temp.submit(1) #>> '{refused,code}', 'PX402', 'the last token');
select throws_ok('select pg_temp.submit(1)', 'PX429', null, 'refusals know the limit, too');

-- TEST: too many unfinished
select is(pg_temp.submit(2) -> 'refused', null, 'an accepted one is not refused');
select is(pg_temp.submit(2) #>> '{refused,code}', 'PX430');
select throws_ok('select pg_temp.submit(2)', 'PX429');

-- TEST: paused
select tests.as_owner();
select admin.pause('test');
select tests.as_service();
create temp table paused on commit drop as select pg_temp.submit(3) -> 'refused' as refused;
select is(
  (select refused - 'details' from paused),
  '{"code": "PX503", "message": "Generation is paused for now: nothing was charged"}'::jsonb
);
select is(
  (select (refused ->> 'details')::jsonb from paused), '{"retry_after_seconds": 60}'::jsonb, 'the detail is the error''s'
);
select is(pg_temp.left_over(3), 1, 'the token is spent');

-- TEST: nothing was left
select is(array(select tests.credits(n) from generate_series(1, 3) as n), array[1, 16, 20], 'only the accepted one was charged');
select is((select count(*) from public.generations)::integer, 1, 'only it left a row');
select is((select count(*) from pgmq.q_generations)::integer, 1, 'and a message');

-- TEST: where Redis has judged
update private.queue_state set waiting = 7, refreshed_at = clock_timestamp() - interval '2 seconds';
select is(pg_temp.submit(3, false) #>> '{refused,code}', 'PX503');
select is(pg_temp.left_over(3), 1, 'no token is taken here');
select is((select waiting from private.queue_state), 1, 'the count of the queue, refreshed on the way, stays');
select tests.as_owner();
select admin.resume();
select tests.as_service();
select is(pg_temp.submit(2, false) #>> '{refused,code}', 'PX430');
select is(pg_temp.submit(1, false) #>> '{refused,code}', 'PX402');

select * from finish();
rollback;
