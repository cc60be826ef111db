-- A login is no way to credits, and refreshes what Telegram says of the user.
begin;
select plan(8);

-- SETUP
select tests.as_service();
select public.login_user(1, 'Ada', 'L', 'ada', 'en', null, true, repeat('a', 64));
select tests.submit(tests.user_id(1), 'a', 'high');

-- TEST: the second login
select is(
  public.login_user(1, 'Augusta', null, null, 'fr', null, null, repeat('b', 64)) #>> '{user,credits}', '5',
  'the balance is what it was'
);
select is((select count(*) from public.credit_ledger as l where l.kind = 'signup')::integer, 1, 'nothing is granted');
select results_eq(
  $$ select u.first_name, u.last_name, u.username, u.language_code, u.allows_write_to_pm from public.users as u $$,
  $$ values ('Augusta', null::text, null::text, 'fr', false) $$, 'the profile is Telegram''s latest'
);
select ok((select u.last_login_at > u.created_at from public.users as u), 'the login is dated');
select is((select count(*) from private.sessions)::integer, 2, 'each login is a session of its own');

-- TEST: no signup credits
select tests.as_owner();
update private.settings set signup_credits = 0;
select tests.as_service();
select is(
  public.login_user(2, 'B', null, null, null, null, false, repeat('c', 64)) #>> '{user,credits}', '0',
  'signup_credits 0 grants none'
);
select is_empty('select from public.credit_ledger as l where l.user_id = tests.user_id(2)', 'and writes no entry');
select tests.as_owner();
select is_empty('select * from admin.ledger_violations', 'the ledger agrees');

select * from finish();
rollback;
