-- How fast the queue refills is measured between two counts, and smoothed over about half a minute.
begin;
select plan(6);

-- SETUP
select tests.create_user(n, credits => 100) from generate_series(1, 40) as n;
select tests.as_service();
select tests.submit(tests.user_id(n), 'single', 'low') from generate_series(1, 40) as n;
select tests.as_owner();
create function pg_temp.arrived(ago interval) returns void language sql as $$
  update public.generations set created_at = moment.at, queued_at = moment.at
  from (select statement_timestamp() - ago as at) as moment
$$;
-- A count that was cut so long ago, and which the next one follows.
create function pg_temp.counted(cut interval) returns numeric language sql as $$
  update private.queue_state set refreshed_at = '-infinity', settled_before = clock_timestamp() - cut - interval '1 second';
  select private.refresh_queue_state();
  select round(q.arrivals_per_second::numeric, 1) from private.queue_state as q
$$;

-- TEST: a period
select pg_temp.arrived('6 seconds');
select is(pg_temp.counted('10 minutes'), 0.1, 'over a long time it is the mean');
update private.queue_state set arrivals_per_second = 0;
select is(pg_temp.counted('20 seconds'), 1.0, 'forty in twenty seconds: half of the way to 2 a second');
select is(pg_temp.counted('20 seconds'), 1.5, 'more when that goes on');

-- TEST: nobody comes
select is(pg_temp.counted('2 seconds'), 1.4, 'it goes down');
select is(pg_temp.counted('5 minutes'), 0.1, 'to the mean of a long period');

-- TEST: the first count of all
update private.queue_state set refreshed_at = '-infinity', settled_before = '-infinity', arrivals_per_second = 0;
select private.refresh_queue_state();
select is(round(arrivals_per_second::numeric, 1), 0.6, 'takes the last minute') from private.queue_state;

select * from finish();
rollback;
