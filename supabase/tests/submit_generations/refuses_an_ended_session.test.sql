-- Whoever is unknown, erased or logged out submits nothing.
begin;
select plan(6);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
select admin.erase_user(telegram_id => 2, note => 'test');
select tests.as_service();
select public.login_user(1, 'A', null, null, null, null, false, repeat('a', 64));
create function pg_temp.submit_in(session_id uuid) returns jsonb language sql
as $$ select tests.submit_raw(tests.submission(tests.user_id(1), changes => jsonb_build_object('session_id', session_id))) $$;

-- TEST: the living session
select lives_ok(
  $$ select pg_temp.submit_in(s.id) from private.sessions as s $$, 'a session in force submits'
);

-- TEST: the others
select throws_ok($$ select tests.submit(gen_random_uuid()) $$, 'PX401', null, 'an unknown user is refused');
select throws_ok(
  $$ select tests.submit(u.id) from public.users as u where u.erased_at is not null $$,
  'PX401', null, 'an erased user is refused'
);
select public.revoke_session(tests.user_id(1), s.id) from private.sessions as s;
select throws_ok(
  $$ select pg_temp.submit_in(s.id) from private.sessions as s $$,
  'PX401', 'The session has ended: log in again', 'a revoked session is refused'
);
select is((select count(*) from public.generations)::integer, 1, 'refusals leave no row');
select is(tests.credits(1), 19, 'and debit nothing');

select * from finish();
rollback;
