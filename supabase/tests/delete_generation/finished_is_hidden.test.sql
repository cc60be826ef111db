-- A finished generation disappears for its user, and its picture from the bucket.
begin;
select plan(10);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'good', 'low');
select tests.complete(tests.generation('good'));
select tests.start(tests.user_id(1), 'bad', 'low');
select tests.fail(tests.generation('bad'), 'permanent', 'invalid_prompt');
create function pg_temp.delete(prompt text) returns jsonb language sql as $$
  select public.delete_generation(tests.user_id(1), null, (tests.generation(prompt)).id)
$$;

-- TEST: a picture
create temp table answer on commit drop as select pg_temp.delete('good') as answer;
select is((select answer ->> 'status' from answer), 'COMPLETED', 'its status stands');
select is(
  (select answer ->> 'object_key' from answer),
  format('generations/%s.png', (tests.generation('good')).id), 'the picture to remove is named'
);
select results_eq(
  'select d.object_key from private.object_deletions as d', $$ select answer ->> 'object_key' from answer $$,
  'and queued, should the function die before it is gone'
);
select isnt((tests.generation('good')).deleted_at, null, 'the row is kept, marked');
select throws_ok($$ select pg_temp.delete('good') $$, 'PX404', null, 'the user does not find it any more');

-- TEST: no picture
select is(pg_temp.delete('bad') -> 'object_key', 'null'::jsonb, 'a FAILED one has none');
select is((select count(*) from private.object_deletions)::integer, 1, 'so there is none to remove');

-- TEST: money
select is(tests.credits(1), 19, 'no credits move');
select tests.as_owner();
select is_empty('select * from admin.ledger_violations', 'the ledger agrees');
select tests.authenticate_as(tests.user_id(1));
select is_empty('select from public.generations', 'the Data API hides both');

select * from finish();
rollback;
