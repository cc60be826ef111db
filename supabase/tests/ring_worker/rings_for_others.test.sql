-- A worker that leaves work behind rings for as many as the free slots want; a full one is not called by itself.
begin;
select plan(6);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select tests.create_user(n) from generate_series(1, 9) as n;
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('the secret', 'worker_secret');
update private.settings set max_concurrent = 8;
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
select pg_temp.new_rings();

-- TEST: fan-out
select is(pg_temp.claim(2), 2, 'a worker of two');
select is(pg_temp.new_rings(), 3, 'six slots are left, three more workers are wanted');

-- TEST: a full worker
select pg_temp.claim(0);
select is(pg_temp.new_rings(), 0, 'one that takes nothing does not call again at once');
update private.doorbell set at = at - interval '2 seconds' where event = 'rung';
select pg_temp.claim(0);
select is(pg_temp.new_rings(), 1, 'but once a second');

-- TEST: nothing to ring for
select is(pg_temp.claim(6), 6, 'the rest of the slots');
select is(pg_temp.new_rings(), 0, 'no slot is free');

select * from finish();
rollback;
