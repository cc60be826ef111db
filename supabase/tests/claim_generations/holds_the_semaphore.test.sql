-- At most max_concurrent images are in flight, over all workers.
begin;
select plan(11);

-- SETUP
select tests.create_user(user_number) from generate_series(1, 4) as user_number;
update private.settings set max_concurrent = 2;
select tests.as_service();
select tests.submit(tests.user_id(1), 'a');
select tests.submit(tests.user_id(2), 'b');
select tests.submit(tests.user_id(3), 'c');
select tests.submit(tests.user_id(4), 'd');
create function pg_temp.claim() returns jsonb language sql as $$
  select public.claim_generations(gen_random_uuid(), 10)
$$;

-- TEST: a full house
select is(tests.claim(), 2, 'two of four are handed out');
select is(pg_temp.claim() -> 'jobs', '[]'::jsonb, 'another worker gets none');
select is((pg_temp.claim() ->> 'more')::boolean, true, 'it is told that work waits');
select is(pg_temp.claim() -> 'retry_after_ms', 'null'::jsonb, 'time alone will not help');
select is((tests.generation('c')).status, 'PENDING', 'what was not claimed is untouched');

-- TEST: what frees a slot
select is(tests.complete(tests.generation('a')), 'completed');
select is(tests.claim(), 1, 'an end does');
select tests.end_lease(tests.generation('b'));
select is(tests.claim(), 1, 'a lease that ran out does');
select is(tests.claim(), 0, 'and no more than that');

-- TEST: an operator's change is live
select tests.as_owner();
update private.settings set max_concurrent = 0;
select tests.as_service();
select is(tests.complete(tests.generation('c')), 'completed', 'running ones finish');
select is(private.free_slots(), 0, 'with max_concurrent 0 no slot is free');

select * from finish();
rollback;
