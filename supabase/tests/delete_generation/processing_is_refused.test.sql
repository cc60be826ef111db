-- What is being generated has cost money: it cannot be cancelled, not even between two attempts.
begin;
select plan(5);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
create function pg_temp.delete() returns jsonb language sql as $$
  select public.delete_generation(tests.user_id(1), null, (tests.generation('a')).id)
$$;

-- TEST: refusals
select throws_ok('select pg_temp.delete()', 'PX410', 'The generation has already started');
select tests.fail(tests.generation('a'), 'transient');
select throws_ok('select pg_temp.delete()', 'PX410');
select is((tests.generation('a')).status, 'PROCESSING', 'it goes on');
select is(tests.credits(1), 16, 'nothing is refunded');
select is((select count(*) from pgmq.q_generations)::integer, 1, 'its message stays');

select * from finish();
rollback;
