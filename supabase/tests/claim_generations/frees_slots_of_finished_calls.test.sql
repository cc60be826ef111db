-- Storing a picture takes no slot: a worker tells which provider calls have ended.
begin;
select plan(6);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
update private.settings set max_concurrent = 1;
select tests.as_service();
select tests.submit(tests.user_id(1), 'a');
select tests.submit(tests.user_id(2), 'b');
select tests.claim();
create function pg_temp.claim(generation public.generations, attempt integer) returns integer language sql as $$
  select jsonb_array_length(public.claim_generations(tests.worker_id(), 1, jsonb_build_array(
    jsonb_build_object('generation_id', generation.id, 'attempt', attempt))) -> 'jobs')
$$;

-- TEST: what is not that call frees nothing
select is(pg_temp.claim(tests.generation('a'), 2), 0, 'another attempt');
select is(pg_temp.claim(tests.generation('b'), 1), 0, 'another generation');

-- TEST: the call itself
select is(pg_temp.claim(tests.generation('a'), 1), 1, 'its slot goes to the next');
select is(
  (select count(*) from private.generation_attempts as a where a.finished_at is null)::integer, 2,
  'both attempts go on'
);
select is((tests.generation('a')).status, 'PROCESSING', 'the first is still being stored');
select is(tests.complete(tests.generation('a')), 'completed', 'and completes');

select * from finish();
rollback;
