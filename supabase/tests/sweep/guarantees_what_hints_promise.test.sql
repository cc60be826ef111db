-- Whatever was lost is found by one sweep, and a second finds nothing.
begin;
select plan(8);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select tests.create_user(1);
select tests.create_user(2);
select tests.create_user(3);
update private.settings set max_queue_seconds = 60;
select tests.start(tests.user_id(1), 'lost');
select tests.end_lease(tests.generation('lost'));
select tests.submit(tests.user_id(2), 'overdue');
update public.generations set queued_at = queued_at - interval '61 seconds', created_at = created_at - interval '61 seconds'
where prompt = 'overdue';
select tests.submit(tests.user_id(3), 'without message');
select pgmq.delete('generations', (tests.generation('without message')).message_id);
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('secret', 'worker_secret');
update private.doorbell set at = clock_timestamp() - interval '1 minute' where event = 'rung';

-- TEST: the sweep
select is(
  private.sweep(), '{"lost": 1, "expired": 1, "repaired": 1, "rung": true}'::jsonb, 'it finds one of each, and rings'
);
select is((select a.outcome from private.generation_attempts as a), 'lost', 'the lost attempt is ended');
select is((tests.generation('overdue')).status, 'FAILED', 'the overdue one is failed');
select isnt(tests.message(tests.generation('without message')), null, 'the message is there again');
select is((select count(*) from net.http_request_queue)::integer, 1, 'one ring is on its way');

-- TEST: the second sweep, while the ring is young and may be lost
update private.doorbell set at = clock_timestamp() + interval '1 minute' where event = 'rung';
select is(
  private.sweep(), '{"lost": 0, "expired": 0, "repaired": 0, "rung": true}'::jsonb, 'nothing is left to find, but somebody waits'
);
select is(tests.claim(), 2, 'both jobs can be claimed');
select is_empty('select * from admin.ledger_violations', 'the ledger agrees');

select * from finish();
rollback;
