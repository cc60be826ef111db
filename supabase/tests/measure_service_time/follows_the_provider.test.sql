-- The service time is the mean of recent attempts, or the age of the calls under way where that is longer.
begin;
select plan(8);

-- SETUP
select tests.create_user(1, credits => 100);
update private.settings set max_concurrent = 2, lease_seconds = 3600;
create function pg_temp.measured() returns integer language plpgsql as $$
begin
  update private.queue_state set measured_at = null where singleton;
  perform private.measure_service_time();
  return (select round(q.service_ms / 1000.0) from private.queue_state as q);
end;
$$;
create function pg_temp.started_before(age interval) returns void language sql as $$
  update private.generation_attempts as a set claimed_at = clock_timestamp() - age where a.finished_at is null
$$;

-- TEST: without any attempt
select is(pg_temp.measured(), 15, 'the guess stays');

-- TEST: finished attempts
select tests.start(tests.user_id(1), 'a', 'low');
select pg_temp.started_before('100 seconds');
select tests.complete(tests.generation('a'));
select is(pg_temp.measured(), 100, 'the mean of those completed');
select tests.start(tests.user_id(1), 'b', 'low');
select pg_temp.started_before('300 seconds');
select tests.fail(tests.generation('b'), 'permanent', 'internal');
select is(pg_temp.measured(), 100, 'failed ones do not count');

-- TEST: calls under way
select tests.start(tests.user_id(1), 'c', 'low');
select pg_temp.started_before('1000 seconds');
select is(pg_temp.measured(), 500, 'one of two slots that hangs is half a stall');
update private.generation_attempts as a set lease_expires_at = clock_timestamp() - interval '1 second' where a.finished_at is null;
select is(pg_temp.measured(), 100, 'one whose lease ran out does not count');

-- TEST: bounds
update private.generation_attempts as a
set claimed_at = clock_timestamp() - interval '400 days', lease_expires_at = clock_timestamp() + interval '1 hour'
where a.finished_at is null;
select is(pg_temp.measured(), 3600, 'an hour at the most');
update private.generation_attempts as a set claimed_at = clock_timestamp() + interval '400 days';
select cmp_ok(pg_temp.measured(), '>=', 0, 'attempts of a clock that was set back raise nothing');

-- TEST: once a second
update private.queue_state set service_ms = 7000, measured_at = clock_timestamp() + interval '30 seconds';
select private.measure_service_time();
select is((select q.service_ms from private.queue_state as q), 7000, 'a young measure is kept');

select * from finish();
rollback;
