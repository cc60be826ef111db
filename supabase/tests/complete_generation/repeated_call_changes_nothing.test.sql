-- A worker that did not hear the answer asks again.
begin;
select plan(5);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
select tests.complete(tests.generation('a'));
create temp table before on commit drop as select * from tests.generation('a');
create temp table attempts on commit drop as select * from private.generation_attempts;

-- TEST: again
select is(
  public.complete_generation((tests.generation('a')).id, 1, 'https://bucket.test/other.png'),
  '{"outcome": "already_completed", "status": "COMPLETED", "unwanted": false}'::jsonb, 'it is told that it had succeeded'
);
select results_eq($$ select * from tests.generation('a') $$, 'table before', 'the row is the same, version and all');
select results_eq('table private.generation_attempts', 'table attempts', 'so is the attempt');
select is(tests.fail(tests.generation('a')), 'stale', 'a failure comes too late');
select results_eq($$ select * from tests.generation('a') $$, 'table before', 'and changes nothing');

select * from finish();
rollback;
