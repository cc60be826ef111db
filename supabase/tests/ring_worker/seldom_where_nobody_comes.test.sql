-- Where one full instance is all there is its rings for others come back to it: they become seldom.
begin;
select plan(10);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select tests.create_user(n) from generate_series(1, 40) as n;
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('the secret', 'worker_secret');
update private.settings set max_concurrent = 100;
select tests.as_service();
select tests.submit(tests.user_id(n), 'p' || n) from generate_series(1, 40) as n;
select tests.as_owner();
create function pg_temp.rings_after(seconds real, quantity integer, worker_id uuid default tests.worker_id()) returns bigint
language plpgsql as $$
begin
  update private.doorbell as d set at = clock_timestamp() - make_interval(secs => seconds) where true;
  update private.generation_attempts set claimed_at = clock_timestamp() - make_interval(secs => seconds + 1) where true;
  delete from net.http_request_queue where true;
  perform public.claim_generations(worker_id, quantity);
  return (select count(*) from net.http_request_queue);
end;
$$;

-- TEST: the burst
select is(pg_temp.rings_after(0, 16), 2::bigint, 'one that has just come rings for 24 at once');

-- TEST: nobody comes
select is(pg_temp.rings_after(0.5, 0), 0::bigint, 'within a second nobody is rung');
select is(pg_temp.rings_after(1.5, 0), 4::bigint, 'then twice as many, as the ring before came to a full one');
select is(pg_temp.rings_after(1.5, 1), 2::bigint, 'and a second later');
select is(pg_temp.rings_after(1.5, 1) + pg_temp.rings_after(2.5, 1), 2::bigint, 'three were fruitless: two seconds have to pass');
select is(pg_temp.rings_after(3.5, 0) + pg_temp.rings_after(4.5, 1), 2::bigint, 'then four');
select is(pg_temp.rings_after(7.5, 0) + pg_temp.rings_after(8.5, 1), 2::bigint, 'then eight');
select is(pg_temp.rings_after(9.5, 0) + pg_temp.rings_after(10.5, 0), 8::bigint, 'and then ten, the more rings');

-- TEST: somebody comes
create function pg_temp.other() returns uuid language sql as $$ select '00000000-0000-4000-8000-000000000002'::uuid $$;
select pg_temp.rings_after(0, 1, pg_temp.other());
update private.doorbell as d set at = clock_timestamp() - interval '1500 milliseconds' where true;
update private.generation_attempts as a set claimed_at = clock_timestamp() - interval '1 second' where a.worker_id = pg_temp.other();
delete from net.http_request_queue where true;
select public.claim_generations(tests.worker_id(), 1);
select is((select count(*) from net.http_request_queue), 2::bigint, 'another one has come: a second is enough again');
select is((select d.fruitless from private.doorbell as d where d.event = 'rung'), 1, 'and it is counted anew');

select * from finish();
rollback;
