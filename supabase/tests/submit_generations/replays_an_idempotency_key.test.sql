-- One key, one generation, one charge, whatever happens in between.
begin;
select plan(11);

-- SETUP
select tests.create_user(1, credits => 5);
select tests.create_user(2, credits => 5);
select tests.as_service();
create function pg_temp.submit(telegram_id bigint, key text, hash text) returns jsonb language sql as $$
  select tests.submit_raw(tests.submission(tests.user_id(telegram_id), quality => 'medium', changes => jsonb_build_object(
    'idempotency_key', key, 'request_hash', hash, 'enforce_rate_limit', true)))
$$;
create temp table answers on commit drop as select 1 as call, pg_temp.submit(1, 'key', 'hash') as answer;

-- TEST: the same request again
insert into answers select 2, pg_temp.submit(1, 'key', 'hash');
select is((select answer ->> 'outcome' from answers where call = 1), 'accepted', 'the first call is no replay');
select is((select answer ->> 'outcome' from answers where call = 2), 'replayed', 'the second call is a replay');
select is(
  (select answer -> 'answer' from answers where call = 2),
  (select answer -> 'answer' from answers where call = 1),
  'it gets the first answer'
);
select is((select count(*) from public.generations)::integer, 1, 'there is one generation');
select is(tests.credits(1), 1, 'it was charged once');
select is(
  (select floor(r.tokens)::integer from private.rate_limits as r), 4, 'the replay took no rate-limit token'
);

-- TEST: a replay needs neither credits nor an open provider
select tests.as_owner();
select admin.pause('test');
select tests.as_service();
select is(pg_temp.submit(1, 'key', 'hash') ->> 'outcome', 'replayed', 'it is answered while paused');
select tests.as_owner();
select admin.resume();
select tests.as_service();

-- TEST: another body, another user
select throws_ok($$ select pg_temp.submit(1, 'key', 'other hash') $$, 'PX409');
select throws_ok($$ select pg_temp.submit(1, 'key', null) $$, 'PX409', null, 'a body without a hash is another body');
select is(pg_temp.submit(2, 'key', 'other hash') ->> 'outcome', 'accepted', 'keys of different users never meet');
select is(tests.credits(2), 1, 'the other user pays for the own generation');

select * from finish();
rollback;
