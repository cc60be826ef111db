-- What one step of the sweep meets stops no other step.
begin;
select plan(4);

-- SETUP
select tests.create_user(1);
select tests.start(tests.user_id(1), 'lost');
select tests.end_lease(tests.generation('lost'));
create or replace function private.expire_waiting(batch integer) returns integer
language plpgsql set search_path = '' as $$ begin raise division_by_zero; end $$;
set local client_min_messages = error;

-- TEST: the sweep
create temporary table outcome on commit drop as select private.sweep() as done;
select is((select done -> 'failed' from outcome), '["expired"]'::jsonb, 'it says which step failed');
select is((select (done ->> 'lost')::integer from outcome), 1, 'the step before it is done');
select ok((select done ? 'rung' from outcome), 'and those after it');
select set_eq(
  'select jsonb_object_keys(done) from outcome', array['lost', 'repaired', 'rung', 'failed'], 'the cleaning is none of its steps'
);

select * from finish();
rollback;
