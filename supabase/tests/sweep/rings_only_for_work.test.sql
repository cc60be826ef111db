-- The sweep rings when work waits and a slot is free, and when pictures are to be removed.
begin;
select plan(9);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select tests.create_user(1);
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('secret', 'worker_secret');
create function pg_temp.rings() returns boolean language plpgsql as $$
begin
  update private.doorbell set at = clock_timestamp() - interval '1 minute' where true;
  return (private.sweep() ->> 'rung')::boolean;
end;
$$;

-- TEST: no work
select is(pg_temp.rings(), false, 'an empty queue rings nobody');

-- TEST: work
select tests.submit(tests.user_id(1), 'a');
select is(pg_temp.rings(), true, 'a waiting message does');
update private.settings set max_concurrent = 0;
select is(pg_temp.rings(), false, 'not while no slot is free');
update private.settings set max_concurrent = 10;
select admin.pause('test');
select is(pg_temp.rings(), false, 'nor while paused');

select admin.resume();
update private.provider_state set rate_paused_until = clock_timestamp() + interval '1 minute';
select is(pg_temp.rings(), false, 'nor while the provider has asked everybody to wait');
update private.provider_state set rate_paused_until = clock_timestamp() + interval '15 seconds';
select is(pg_temp.rings(), true, 'but for its end, which a worker waits for');
select admin.pause('test');

-- TEST: pictures to remove
insert into private.object_deletions (object_key) values ('generations/x.png');
select is(pg_temp.rings(), true, 'they are removed even then');
delete from private.object_deletions where true;
select admin.resume();

-- TEST: a worker that is at it
select tests.claim();
select is(pg_temp.rings(), false, 'a hidden message waits for nobody');
select is(
  (select j.schedule || ': ' || j.command from cron.job as j where j.jobname = 'sweep' and j.active),
  '10 seconds: select private.sweep()', 'pg_cron sweeps every ten seconds'
);

select * from finish();
rollback;
