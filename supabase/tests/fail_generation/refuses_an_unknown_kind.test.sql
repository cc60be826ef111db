-- Only what a worker may say of its attempt is taken.
begin;
select plan(2);

-- SETUP
select tests.create_user(1);
select tests.start(tests.user_id(1), 'running');

-- TEST: an outcome that is not a failure's
select throws_ok(
  $$ select public.fail_generation((tests.generation('running')).id, 1, 'completed', 'internal', 'no') $$,
  '22023', null, 'completed is no failure');
select is((tests.generation('running')).status, 'PROCESSING', 'and nothing has changed');

select * from finish();
rollback;
