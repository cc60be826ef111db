-- While the queue refills, a generation in a lane finds newcomers before it when its turn comes: its wait counts them.
begin;
select plan(8);

-- SETUP
select tests.create_user(n, credits => 100) from generate_series(1, 20) as n;
update private.settings
set max_concurrent = 4, per_user_concurrency = 2, max_pending_per_user = 10, rate_limit_per_minute = 100;
update private.queue_state
set service_ms = 1000, refreshed_at = 'infinity', settled_before = '-infinity', arrivals_per_second = 0, lane_length = 8;
select tests.as_service();
select tests.submit(tests.user_id(1), 'a' || n, 'low') from generate_series(1, 4) as n;
select tests.submit(tests.user_id(n), 'single', 'low') from generate_series(2, 19) as n;
select tests.submit(tests.user_id(20), 'b' || n, 'low') from generate_series(1, 6) as n;
create function pg_temp.seconds(prompt text) returns integer language sql as $$
  select (private.queue_place(tests.generation(prompt)) ->> 'eta_seconds')::integer
$$;
create function pg_temp.refilled(share real) returns void language sql as $$
  update private.queue_state set arrivals_per_second = 4 * share -- four a second are served
$$;

-- TEST: nobody comes
select is(pg_temp.seconds('b3'), ceil(22 / 4.0)::integer + 1, 'behind the 22 in the queue');

-- TEST: as many come as are served
select pg_temp.refilled(1);
select is(pg_temp.seconds('single'), 6, 'one in the queue waits no longer for those who come later');
select is(pg_temp.seconds('a3'), ceil(22 / 4.0)::integer + 1, 'nor one whose turn comes at once');
select is(pg_temp.seconds('b3'), ceil((22 + 20) / 4.0)::integer + 1, 'until the turn of this one twenty come, as its first is the 21st');
select is(pg_temp.seconds('b5'), ceil((22 + 22 + 20) / 4.0)::integer + 1, 'and again until the next turn');
select pg_temp.refilled(7);
select is(pg_temp.seconds('b3'), ceil((22 + 20) / 4.0)::integer + 1, 'no more than are served');

-- TEST: half as many
select pg_temp.refilled(0.5);
select is(pg_temp.seconds('b3'), ceil((22 + 10) / 4.0)::integer + 1, 'half of them');

-- TEST: the place is of those who wait now
select is((private.queue_place(tests.generation('b3')) ->> 'position')::integer, 23, 'newcomers are not in line yet');

select * from finish();
rollback;
