-- A limit that an operator raises is used at once, not at the next sweep; and a change holds up no ring before its commit.
begin;
select plan(6);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('the secret', 'worker_secret');
select tests.create_user(n) from generate_series(1, 3) as n;
update private.settings set max_concurrent = 1;
select tests.submit(tests.user_id(n)) from generate_series(1, 3) as n;
select tests.claim(1);
delete from net.http_request_queue where true;
update private.doorbell set at = clock_timestamp() - interval '2 seconds' where true;
set constraints private.settings_change_wakes_workers immediate;
delete from net.http_request_queue where true;
update private.doorbell set at = clock_timestamp() - interval '2 seconds' where true;
create function pg_temp.rings() returns integer language sql as $$
  select count(*)::integer from net.http_request_queue
$$;

-- TEST: what changes nothing for those who wait
update private.settings set max_concurrent = 1;
select is(pg_temp.rings(), 0, 'no change, no ring');
update private.settings set signup_credits = 21;
select is(pg_temp.rings(), 0, 'no slot is free: no ring');

-- TEST: what lets them start
set constraints private.settings_change_wakes_workers deferred;
update private.settings set max_concurrent = 3;
select is(pg_temp.rings(), 0, 'as long as it is not committed nobody is rung');
set constraints private.settings_change_wakes_workers immediate;
select is(pg_temp.rings(), 1, 'then the worker is, by the change itself');
select is(tests.claim(5), 2, 'who finds the slots');

-- TEST: nothing waits
delete from net.http_request_queue where true;
update private.doorbell set at = clock_timestamp() - interval '2 seconds' where true;
update private.settings set max_concurrent = 50;
select is(pg_temp.rings(), 0, 'an empty queue rings nobody');

select * from finish();
rollback;
