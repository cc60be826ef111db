-- What nobody could start in max_queue_seconds ends FAILED and refunded.
begin;
select plan(9);

-- SETUP
select tests.create_user(1, credits => 100);
update private.settings set max_queue_seconds = 60, per_user_concurrency = 1;
select tests.submit(tests.user_id(1), prompt, 'low') from unnest(array['queued', 'in the table', 'young']) as prompt;
update public.generations set created_at = created_at - interval '61 seconds' where prompt <> 'young';

-- TEST: the overdue
select is(private.expire_waiting(10), 2, 'two are overdue');
select is((tests.generation('queued')).error_code, 'provider_unavailable', 'the one in the queue');
select is((tests.generation('in the table')).error_code, 'provider_unavailable', 'the one in its lane');
select is((tests.generation('young')).status, 'PENDING', 'the young one waits on');
select isnt((tests.generation('young')).message_id, null, 'it was sent');
select is(tests.credits(1), 99, 'both were refunded');
select is(private.expire_waiting(10), 0, 'again changes nothing');

-- TEST: the batch
update public.generations set created_at = created_at - interval '61 seconds' where prompt = 'young';
select tests.submit(tests.user_id(1), 'younger', 'low');
update public.generations set created_at = created_at - interval '61 seconds' where prompt = 'younger';
select is(private.expire_waiting(1), 1, 'a call takes no more than its batch');
select is((tests.generation('young')).status, 'FAILED', 'the oldest first');

select * from finish();
rollback;
