-- The database webhook is a statement trigger: a thousand rows are one ring.
begin;
select plan(4);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select tests.create_user(1);
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('secret', 'worker_secret');

-- TEST: many rows
insert into public.generations (user_id, prompt, size, quality, output_format, cost)
select tests.user_id(1), 'p' || n, '1024x1024', 'low', 'png', 1 from generate_series(1, 1000) as n;
select is((select count(*) from net.http_request_queue)::integer, 1, 'a thousand rows ring once');

-- TEST: the trigger
select is(
  (select array_agg(t.tgname::text) from pg_trigger as t
    where t.tgrelid = 'public.generations'::regclass and not t.tgisinternal and (t.tgtype::integer & 1) = 0),
  array['generations_wake_workers'], 'it is the one statement trigger'
);

-- TEST: a submission never fails for want of a worker
select vault.update_secret(s.id, 'not a url') from vault.secrets as s where s.name = 'worker_url';
update private.doorbell set at = null where true;
update private.settings set max_pending_per_user = 2000, max_queue_seconds = 86400;
select lives_ok($$ select tests.submit(tests.user_id(1)) $$, 'whatever the address is');
select is((select count(*) from pgmq.q_generations)::integer, 1, 'its message is in the queue');

select * from finish();
rollback;
