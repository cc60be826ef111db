-- Another user's generation and an unknown one are the same: not there.
begin;
select plan(6);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
select tests.as_service();
select tests.start(tests.user_id(1), 'mine');
select public.login_user(1, 'A', null, null, null, null, false, repeat('a', 64));

-- TEST: refusals
select throws_ok(
  $$ select public.get_generation(tests.user_id(2), null, (tests.generation('mine')).id) $$, 'PX404', 'No such generation'
);
select throws_ok(
  $$ select public.get_generation(tests.user_id(2), null, gen_random_uuid()) $$, 'PX404', 'No such generation'
);
select throws_ok(
  $$ select public.get_generation(gen_random_uuid(), null, (tests.generation('mine')).id) $$, 'PX401'
);

-- TEST: once hidden
select tests.complete(tests.generation('mine'));
select lives_ok(
  $$ select public.get_generation(s.user_id, s.id, (tests.generation('mine')).id) from private.sessions as s $$
);
select public.delete_generation(tests.user_id(1), null, (tests.generation('mine')).id);
select throws_ok(
  $$ select public.get_generation(tests.user_id(1), null, (tests.generation('mine')).id) $$, 'PX404', null,
  'its owner does not find it either'
);

-- TEST: once logged out
select public.revoke_session(s.user_id, s.id) from private.sessions as s;
select throws_ok(
  $$ select public.get_generation(s.user_id, s.id, (tests.generation('mine')).id) from private.sessions as s $$, 'PX401'
);

select * from finish();
rollback;
