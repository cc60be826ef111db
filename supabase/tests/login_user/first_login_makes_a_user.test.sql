-- The first login makes the user, grants the signup credits once and opens a session.
begin;
select plan(9);

-- SETUP
update private.settings set signup_credits = 7, session_days = 3;
select tests.as_service();
create function pg_temp.log_in(telegram_id bigint, hash text) returns jsonb language sql as $$
  select public.login_user(telegram_id, 'Ada', 'L', 'ada', 'en', 'https://t.me/p.jpg', true, repeat(hash, 64))
$$;
create temp table answer on commit drop as select pg_temp.log_in(5000000001, 'a') as answer;

-- TEST: the answer
select is(
  (select answer from answer),
  jsonb_build_object('session_id', (select s.id from private.sessions as s), 'user', jsonb_build_object(
    'id', tests.user_id(5000000001), 'telegram_id', 5000000001, 'first_name', 'Ada', 'username', 'ada', 'credits', 7)),
  'it tells the user and the session'
);

-- TEST: what it left
select results_eq(
  $$ select u.last_name, u.language_code, u.photo_url, u.allows_write_to_pm, u.credits from public.users as u $$,
  $$ values ('L', 'en', 'https://t.me/p.jpg', true, 7) $$, 'the profile is kept'
);
select results_eq(
  $$ select l.kind, l.delta, l.user_id from public.credit_ledger as l $$,
  $$ select 'signup', 7, tests.user_id(5000000001) $$, 'the credits are in the ledger'
);
select ok(
  (select s.expires_at between now() + interval '2 days 23 hours' and now() + interval '3 days 1 hour'
    from private.sessions as s), 'the session lasts session_days'
);
select results_eq(
  $$ select t.token_hash, t.spent_at from private.refresh_tokens as t $$,
  $$ values (repeat('a', 64), null::timestamptz) $$, 'its token is kept as a hash'
);

-- TEST: odd values
select throws_ok($$ select pg_temp.log_in(0, 'b') $$, '23514', null, 'a Telegram id is positive');
select throws_ok(
  $$ select public.login_user(9, 'A', null, null, null, null, false, 'plain') $$, '23514', null, 'a hash has 64 digits'
);
select throws_ok($$ select pg_temp.log_in(9, 'a') $$, '23505', null, 'a token belongs to one session');
select is_empty('select from public.users as u where u.telegram_id = 9', 'a refused login makes no user');

select * from finish();
rollback;
