-- Logout.
begin;
select plan(7);

-- SETUP
select tests.as_service();
select public.login_user(1, 'Ada', null, null, null, null, false, repeat('a', 64));
select public.login_user(2, 'Bob', null, null, null, null, false, repeat('b', 64));
create function pg_temp.session(telegram_id bigint) returns private.sessions language sql as $$
  select s from private.sessions as s where s.user_id = tests.user_id(telegram_id)
$$;

-- TEST: not another's
select lives_ok($$ select public.revoke_session(tests.user_id(2), (pg_temp.session(1)).id) $$, 'it is no error');
select is((pg_temp.session(1)).revoked_at, null, 'but another''s session is not ended');

-- TEST: the own
select public.revoke_session(tests.user_id(1), (pg_temp.session(1)).id);
select is((pg_temp.session(1)).revoked_reason, 'logout', 'the own is');
select is(
  public.refresh_session(repeat('a', 64), repeat('c', 64)), '{"outcome": "invalid"}'::jsonb, 'it cannot be renewed'
);
select is((pg_temp.session(2)).revoked_at, null, 'others'' live on');

-- TEST: again
create temp table before on commit drop as select * from pg_temp.session(1);
select public.revoke_session(tests.user_id(1), (pg_temp.session(1)).id);
select results_eq('select * from pg_temp.session(1)', 'table before', 'a repeated logout changes nothing');
select lives_ok('select public.revoke_session(tests.user_id(1), gen_random_uuid())', 'nor does an unknown session');

select * from finish();
rollback;
