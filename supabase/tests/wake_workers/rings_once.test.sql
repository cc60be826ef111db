-- One empty POST with the secret in apikey, however many submit at once.
begin;
select plan(14);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select tests.create_user(1);
select tests.create_user(2);
select tests.create_user(3);
select vault.create_secret('http://worker.test/functions/v1/worker', 'worker_url');
select vault.create_secret('the secret', 'worker_secret');
create function pg_temp.rings() returns integer language sql as $$
  select count(*)::integer from net.http_request_queue
$$;
create function pg_temp.time_passes() returns void language sql as $$
  update private.doorbell as d set at = d.at - interval '40 seconds' where true
$$;

-- TEST: the ring
select tests.as_service();
select tests.submit(tests.user_id(1), 'a');
select tests.as_owner();
select is(
  (select format('%s %s %s', r.method, r.url, convert_from(r.body, 'UTF8')) from net.http_request_queue as r),
  'POST http://worker.test/functions/v1/worker {}', 'a submission rings with an empty body'
);
select is(
  (select r.headers from net.http_request_queue as r),
  '{"apikey": "the secret", "content-type": "application/json", "x-ring": "webhook"}'::jsonb, 'the secret is in apikey'
);

-- TEST: no second one, as long as the first is young
update private.doorbell set at = clock_timestamp() + interval '30 seconds' where event = 'rung';
select tests.submit(tests.user_id(2), 'b');
select tests.submit(tests.user_id(3), 'c');
select is(pg_temp.rings(), 1, 'nobody rings while it is unanswered');
select is(private.wake_workers('worker'), false, 'not even a worker');
select is(private.wake_workers('sweep'), true, 'but for the sweep: all others may be lost');
delete from net.http_request_queue as r where r.headers ->> 'x-ring' = 'sweep';

-- TEST: answered, or lost
update private.doorbell set at = clock_timestamp() + interval '30 seconds' where event = 'rung';
select tests.claim(1);
select is(pg_temp.rings(), 1, 'a worker that leaves work behind does not ring within a second of the last ring');
select pg_temp.time_passes();
select tests.claim(1);
select is(pg_temp.rings(), 2, 'after it, it rings again');
select pg_temp.time_passes();
select is(private.wake_workers('webhook'), true, 'an unanswered ring older than a second counts as lost');

-- TEST: nobody could come
select pg_temp.time_passes();
update private.settings set max_concurrent = 1;
select is(private.wake_workers('webhook'), false, 'it does not ring while the semaphore is full');
select is(private.wake_workers('worker'), false, 'nor does a worker');
select is(private.wake_workers('sweep'), true, 'the sweep has judged that itself');
select pg_temp.time_passes();
update private.settings set max_concurrent = 10, images_per_minute = 1;
select is(private.wake_workers('webhook'), false, 'nor while the image budget is spent');
update private.settings set images_per_minute = null;

-- TEST: no secrets, no ring, no error
select pg_temp.time_passes();
delete from vault.secrets where name = 'worker_secret';
select is(private.wake_workers('webhook'), false, 'without a secret nothing is sent');
select is(pg_temp.rings(), 4, 'four rings in all');

select * from finish();
rollback;
