-- A worker that leaves work behind rings for others: at once when it just came and took many, else once a second; one for sixteen
-- messages, ten at most, and no more than the free slots want.
begin;
select plan(18);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select tests.create_user(n) from generate_series(1, 9) as n;
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('the secret', 'worker_secret');
update private.settings set max_concurrent = 400;
select tests.as_service();
select tests.submit(tests.user_id(n), 'p' || n) from generate_series(1, 9) as n;
select tests.as_owner();
create function pg_temp.new_rings() returns integer language plpgsql as $$
declare
  rings integer;
begin
  with taken as (delete from net.http_request_queue returning 1) select count(*) into rings from taken;
  return rings;
end;
$$;
create function pg_temp.claim(quantity integer) returns integer language sql as $$
  select jsonb_array_length(public.claim_generations(gen_random_uuid(), quantity) -> 'jobs')
$$;
-- The last ring and its answer are two seconds old.
create function pg_temp.claim_later(quantity integer) returns integer language plpgsql as $$
begin
  update private.doorbell as d set at = clock_timestamp() - interval '2 seconds' where true;
  return pg_temp.claim(quantity);
end;
$$;
-- Messages without a job, which a claim only drops.
create function pg_temp.send(quantity integer) returns bigint language sql as $$
  select count(s) from generate_series(1, quantity) as n, pgmq.send('generations', jsonb_build_object('n', n)) as s
$$;
select pg_temp.new_rings();

-- TEST: once a second
update private.doorbell set at = clock_timestamp() where event = 'rung';
select is(pg_temp.claim(2), 2, 'a worker of two');
select is(pg_temp.new_rings(), 0, 'somebody has just been called');
select is(pg_temp.claim_later(1), 1, 'a second later');
select is(pg_temp.new_rings(), 1, 'six jobs are work for one more worker');
select is(pg_temp.claim(1), 1, 'at once again');
select is(pg_temp.new_rings(), 0, 'it is on its way');

-- TEST: a full worker
select pg_temp.claim(0);
select is(pg_temp.new_rings(), 0, 'one that takes nothing does not call again at once');
select pg_temp.claim_later(0);
select is(pg_temp.new_rings(), 2, 'but once a second, and twice as many: the ring before came to a full one');

-- TEST: how many
select pg_temp.send(29); -- 34 with the five jobs
select is(pg_temp.claim_later(1), 1, 'a worker of one');
select is(pg_temp.new_rings(), 3, 'leaves 33: sixteen for each');
select pg_temp.send(27); -- 60
select pg_temp.claim_later(20);
select is(pg_temp.new_rings(), 2, 'a worker of twenty leaves 40: twenty for each');
select pg_temp.send(200); -- 240
select pg_temp.claim_later(1);
select is(pg_temp.new_rings(), 10, 'never more than ten');

-- TEST: nothing to ring for
update private.settings set max_concurrent = 9 + 17;
select pg_temp.claim_later(1);
select is(pg_temp.new_rings(), 2, 'seventeen slots are left for 238: two');
update private.settings set max_concurrent = 9;
select is(private.free_slots(), 0, 'the nine hold every slot');
select pg_temp.claim_later(1);
select is(pg_temp.new_rings(), 0, 'no slot is free');

-- TEST: a burst spreads at once
update private.settings set max_concurrent = 400;
select tests.create_user(n) from generate_series(10, 60) as n;
delete from pgmq.q_generations as q where not exists (
  select 1 from public.generations as g where g.message_id = q.msg_id);
select tests.as_service();
select tests.submit(tests.user_id(n), 'burst ' || n) from generate_series(10, 60) as n;
select tests.as_owner();
select pg_temp.new_rings();
update private.doorbell set at = clock_timestamp() where event = 'rung';
select is(pg_temp.claim(16), 16, 'a worker that has just come');
select is(pg_temp.new_rings(), 3, 'rings for 35 more without waiting a second');
select pg_temp.claim(7);
select is(pg_temp.new_rings(), 0, 'one that takes a few of many waits');

select * from finish();
rollback;
