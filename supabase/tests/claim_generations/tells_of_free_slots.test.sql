-- A claim tells of slots that stay free though work waits, and rings for nobody who could start nothing.
begin;
select plan(9);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('the secret', 'worker_secret');
update private.settings set max_concurrent = 5;
select tests.create_user(n) from generate_series(1, 4) as n;
select tests.as_service();
select tests.submit(tests.user_id(n), 'p' || n) from generate_series(1, 4) as n;
select tests.as_owner();
-- Any ring is two seconds old.
create function pg_temp.free_slots(quantity integer) returns integer language plpgsql as $$
begin
  update private.doorbell as d set at = clock_timestamp() - interval '2 seconds' where true;
  delete from net.http_request_queue where true;
  return (public.claim_generations(gen_random_uuid(), quantity) ->> 'free_slots')::integer;
end;
$$;
create function pg_temp.rings() returns bigint language sql as $$ select count(*) from net.http_request_queue $$;

-- TEST: work is left behind
select is(pg_temp.free_slots(1), 4, 'one of five slots is taken');
select is(pg_temp.rings(), 1::bigint, 'somebody else is rung for three jobs');

-- TEST: the image budget holds the rest back
update private.settings set images_per_minute = 1;
select is(pg_temp.free_slots(1), 0, 'the minute is spent: no slot is of use');
select is(pg_temp.rings(), 0::bigint, 'nobody is rung');
update private.settings set images_per_minute = 3;
select is(pg_temp.free_slots(1), 1, 'a budget of one more after this claim');
update private.settings set images_per_minute = null;

-- TEST: nothing is left to tell of
update private.settings set max_concurrent = 2;
select is(pg_temp.free_slots(0), 0, 'no slot is free');
select is(pg_temp.rings(), 0::bigint, 'nobody is rung');
update private.settings set max_concurrent = 5;
select is(pg_temp.free_slots(2), 0, 'no work waits');
select is(pg_temp.rings(), 0::bigint, 'nobody is rung');

select * from finish();
rollback;
