-- No 60 seconds see more than images_per_minute starts.
begin;
select plan(8);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
update private.settings set images_per_minute = 2;
select tests.as_service();
select tests.submit(tests.user_id(1), 'a');
select tests.submit(tests.user_id(1), 'b');
select tests.submit(tests.user_id(2), 'c');

-- TEST: the budget
select is(private.images_in_budget(), 2, 'it is whole at first');
select is(tests.claim(), 2, 'two are handed out');
select is(tests.complete(tests.generation('a')), 'completed');
select is(tests.claim(), 0, 'an end gives no budget back');
select cmp_ok(
  (public.claim_generations(tests.worker_id(), 1) ->> 'retry_after_ms')::integer, '>', 55000,
  'the worker is told to come in a minute'
);

-- TEST: a minute later
update private.generation_attempts as a set claimed_at = a.claimed_at - interval '60 seconds' where true;
select is(tests.claim(), 0, 'what was claimed a minute ago may have reached the provider a little later');
update private.generation_attempts as a set claimed_at = a.claimed_at - interval '1 second' where true;
select is(tests.claim(), 1, 'the third is handed out');

-- TEST: no budget
select tests.as_owner();
update private.settings set images_per_minute = null;
select is(private.images_in_budget(), 2147483647, 'null is no budget');

select * from finish();
rollback;
