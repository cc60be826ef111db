-- Nobody learns whether another's generation exists.
begin;
select plan(7);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
select tests.as_service();
select tests.submit(tests.user_id(1), 'mine');
select public.login_user(2, 'B', null, null, null, null, false, repeat('b', 64));

-- TEST: refusals
select throws_ok(
  $$ select public.delete_generation(tests.user_id(2), null, (tests.generation('mine')).id) $$,
  'PX404', 'No such generation', 'another user''s'
);
select throws_ok(
  $$ select public.delete_generation(tests.user_id(2), null, gen_random_uuid()) $$,
  'PX404', 'No such generation', 'an unknown one, with the same words'
);
select throws_ok(
  $$ select public.delete_generation(gen_random_uuid(), null, (tests.generation('mine')).id) $$,
  'PX401', null, 'an unknown caller'
);
select public.revoke_session(s.user_id, s.id) from private.sessions as s;
select throws_ok(
  $$ select public.delete_generation(s.user_id, s.id, gen_random_uuid()) from private.sessions as s $$,
  'PX401', null, 'a caller who logged out'
);

-- TEST: nothing changed
select is((tests.generation('mine')).status, 'PENDING', 'it still waits');
select is((tests.generation('mine')).version, 1, 'untouched');
select is(tests.credits(1), 16, 'nothing is refunded');

select * from finish();
rollback;
