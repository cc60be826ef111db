-- A user may have max_pending_per_user unfinished generations.
begin;
select plan(6);

-- SETUP
select tests.create_user(1, credits => 100);
select tests.create_user(2, credits => 100);
update private.settings set max_pending_per_user = 3;
select tests.as_service();
select tests.start(tests.user_id(1), 'generated', 'low');
select tests.submit(tests.user_id(1), 'waiting', 'low');
select tests.submit(tests.user_id(1), 'also waiting', 'low');

-- TEST: the limit counts what waits and what is generated
select throws_ok(
  $$ select tests.submit(tests.user_id(1), 'one more', 'low') $$,
  'PX430', 'Too many unfinished generations: 3 of 3'
);
select is(tests.credits(1), 97, 'a refusal debits nothing');
select lives_ok($$ select tests.submit(tests.user_id(2), 'mine', 'low') $$, 'others are not held back');

-- TEST: an end makes room
select is(tests.complete(tests.generation('generated')), 'completed');
select lives_ok($$ select tests.submit(tests.user_id(1), 'one more', 'low') $$, 'a finished one makes room');
select throws_ok($$ select tests.submit(tests.user_id(1), 'and one more', 'low') $$, 'PX430');

select * from finish();
rollback;
