-- What nobody could start in max_queue_seconds ends FAILED and refunded.
begin;
select plan(12);

-- SETUP
select tests.create_user(1, credits => 100);
select tests.create_user(2);
update private.settings set max_queue_seconds = 60, per_user_concurrency = 1;
create function pg_temp.time_passes(prompts text[]) returns void language sql as $$
  update public.generations as g
  set created_at = g.created_at - interval '61 seconds', queued_at = g.queued_at - interval '61 seconds'
  where g.prompt = any (prompts)
$$;
select tests.submit(tests.user_id(1), prompt, 'low') from unnest(array['queued', 'in its lane']) as prompt;
select tests.submit(tests.user_id(2), 'young', 'low');
select pg_temp.time_passes(array['queued', 'in its lane']);

-- TEST: the overdue
select is(private.expire_waiting(10), 1, 'one is overdue');
select is((tests.generation('queued')).error_code, 'provider_unavailable', 'the one in the queue');
select is((tests.generation('young')).status, 'PENDING', 'the young one waits on');
select is(tests.credits(1), 99, 'it was refunded');

-- TEST: the lane
select is((tests.generation('in its lane')).status, 'PENDING', 'who waited for an own earlier one waited for no slot');
select isnt((tests.generation('in its lane')).message_id, null, 'its turn has come');
select is(private.expire_waiting(10), 0, 'and its time begins');
select pg_temp.time_passes(array['in its lane']);
select is(private.expire_waiting(10), 1, 'to end as everybody''s');

-- TEST: while nothing may start no turn comes
select tests.submit(tests.user_id(1), prompt, 'low') from unnest(array['first', 'second', 'third']) as prompt;
select pg_temp.time_passes(array['second', 'third']);
select is(private.expire_waiting(10), 0, 'in a lane that moves');
select admin.pause('test');
select is(private.expire_waiting(1), 1, 'in one that stands still, a batch at a time');
select is((tests.generation('second')).status, 'FAILED', 'the oldest first');
select admin.resume('test');
update private.settings set max_concurrent = 0;
select is(private.expire_waiting(10), 1, 'for want of slots as well');

select * from finish();
rollback;
