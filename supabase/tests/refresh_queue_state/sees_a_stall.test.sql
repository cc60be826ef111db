-- Calls that are out for longer than finished ones took say what the queue has to expect.
begin;
select plan(4);

-- SETUP
select tests.create_user(n) from generate_series(1, 4) as n;
update private.settings set max_concurrent = 4;
update private.queue_state set service_ms = 10000, refreshed_at = '-infinity';
select tests.as_service();
select tests.submit(tests.user_id(n)) from generate_series(1, 4) as n;
select tests.claim();
select tests.as_owner();
create function pg_temp.service_ms_after(out_for interval, calls integer) returns integer language sql as $$
  update private.generation_attempts set claimed_at = statement_timestamp() - case when a.n <= calls then out_for else interval '0' end
  from (select generation_id, row_number() over () as n from private.generation_attempts) as a
  where generation_attempts.generation_id = a.generation_id;
  update private.queue_state set refreshed_at = '-infinity';
  select private.refresh_queue_state();
  select round(q.service_ms, -4) from private.queue_state as q
$$;

-- TEST: over all slots
select is(pg_temp.service_ms_after('0', 4), 10000, 'calls that have just begun say nothing');
select is(pg_temp.service_ms_after('30 seconds', 1), 10000, 'one that hangs is no stall');
select is(pg_temp.service_ms_after('2000 seconds', 1), 500000, 'unless it hangs for very long');
select is(pg_temp.service_ms_after('2000 seconds', 4), 2000000, 'all of them out for so long: none will be quicker');

select * from finish();
rollback;
