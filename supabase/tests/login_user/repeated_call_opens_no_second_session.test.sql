-- A login that the network sent twice is one login.
begin;
select plan(6);

-- SETUP
update private.settings set signup_credits = 7;
select tests.as_service();
create function pg_temp.log_in(telegram_id bigint, hash text) returns jsonb language sql as $$
  select public.login_user(telegram_id, 'Ada', null, 'ada', null, null, false, repeat(hash, 64))
$$;
create temp table first on commit drop as select pg_temp.log_in(1, 'a') as answer;

-- TEST: the same refresh token
select is(pg_temp.log_in(1, 'a'), (select answer from first), 'it gets the same user and session');
select is((select count(*) from private.sessions)::integer, 1, 'no second session is opened');
select is((select count(*) from private.refresh_tokens)::integer, 1, 'nor is a second token made');
select is(tests.credits(1), 7, 'the credits are granted once');

-- TEST: another token, another user
select isnt(
  pg_temp.log_in(1, 'b') ->> 'session_id', (select answer ->> 'session_id' from first), 'another token is another session'
);
select throws_ok($$ select pg_temp.log_in(2, 'a') $$, '23505', null, 'the token of one user opens nothing to another');

select * from finish();
rollback;
