-- A generation in its user's lane joins the queue's tail: its place and wait are those of the tail and not of its age.
begin;
select plan(11);

-- SETUP
select tests.create_user(n, credits => 100) from generate_series(1, 20) as n;
update private.settings
set max_concurrent = 4, per_user_concurrency = 2, max_pending_per_user = 10, rate_limit_per_minute = 100;
update private.queue_state set service_ms = 1000, refreshed_at = 'infinity', settled_before = '-infinity';
select tests.as_service();
select tests.submit(tests.user_id(1), 'a' || n, 'low') from generate_series(1, 6) as n;
select tests.submit(tests.user_id(n), 'single', 'low') from generate_series(2, 19) as n;
create function pg_temp.place(prompt text) returns integer language sql as $$
  select (private.queue_place(tests.generation(prompt)) ->> 'position')::integer
$$;

-- TEST: behind everybody who is in the queue
select is(pg_temp.place('a2'), 2, 'its second is in the queue');
select is(pg_temp.place('single'), 20, 'so is the last of those who came later');
select results_eq(
  $$ select pg_temp.place('a' || n) from generate_series(3, 6) as n $$, array[21, 22, 23, 24],
  'its third and later come after them, in their order'
);
select is(
  (private.queue_place(tests.generation('a3')) ->> 'eta_seconds')::integer, 6, 'after twenty, four at a time, and its own second'
);

-- TEST: beside other lanes
select tests.submit(tests.user_id(20), 'b' || n, 'low') from generate_series(1, 10) as n;
select is(pg_temp.place('b10'), 22 + 7 + 4 + 1, 'its last comes after all lanes');
select is(pg_temp.place('a3'), 22 + 8 + 1, 'a third after all others, as long as nobody knows how far they reach');
update private.queue_state set lane_length = 8;
select is(pg_temp.place('a3'), 22 + 2 + 1, 'then after the first turn of the others');
select is(pg_temp.place('a5'), 22 + 2 + 4 + 1, 'a fifth after their second');
update private.queue_state set lane_length = 3;
select is(pg_temp.place('a3'), 22 + floor(8 * 2 / 3.0)::integer + 1, 'of short lanes the first turn is most');

-- TEST: however short the queue
select tests.as_owner();
update private.settings set max_concurrent = 100;
select tests.as_service();
select is(tests.claim(22), 22, 'all of the queue are started');
select is(
  (private.queue_place(tests.generation('b10')) ->> 'eta_seconds')::integer, 5, 'nine own ones, two at a time, come first'
);

select * from finish();
rollback;
