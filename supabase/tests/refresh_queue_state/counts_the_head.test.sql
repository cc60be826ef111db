-- A queue beyond 20,000 is not counted to its end: what is behind the head is read off the messages.
begin;
select plan(10);

-- SETUP
select tests.create_user(1);
alter table public.generations disable trigger user;
create function pg_temp.wait_in_queue(first integer, last integer, created_at timestamptz) returns void language sql as $$
  insert into public.generations (user_id, prompt, size, quality, output_format, cost, message_id, created_at, queued_at)
  select tests.user_id(1), 'p' || n, '1024x1024', 'low', 'png', 1, 1000000 + n, created_at, created_at
  from generate_series(first, last) as n
$$;
create function pg_temp.count_anew() returns void language sql as $$
  update private.queue_state set refreshed_at = '-infinity' where singleton;
  select private.refresh_queue_state()
$$;

-- TEST: up to 20,000
select pg_temp.wait_in_queue(1, 19000, now() - interval '1 minute');
insert into public.generations (user_id, prompt, size, quality, output_format, cost)
select tests.user_id(1), 'in a lane', '1024x1024', 'low', 'png', 1 from generate_series(1, 7);
select pg_temp.count_anew();
select is(q.settled, 19000, 'a shorter one is counted') from private.queue_state as q;
select is(q.waiting, 19007, 'and the lanes with it') from private.queue_state as q;

select is(q.lane_length, 7::double precision, 'of one user, who has seven there') from private.queue_state as q;

-- TEST: beyond
select pg_temp.wait_in_queue(19001, 30000, now() - interval '1 minute');
select pg_temp.count_anew();
select is(q.settled, 30000, 'the messages tell the rest') from private.queue_state as q;
select is(q.waiting, 30007, 'and the lanes with it') from private.queue_state as q;
select pg_temp.wait_in_queue(30001, 30500, clock_timestamp() + interval '1 minute');
select pg_temp.count_anew();
select is(q.settled, 30000, 'who came within the last second is left to waiting_now') from private.queue_state as q;
select is(q.waiting, 30507, 'but waits') from private.queue_state as q;

-- TEST: cancelled ones
delete from public.generations as g where g.message_id > 1000000 and g.message_id % 10 = 0;
select pg_temp.count_anew();
select is(round(q.queued_share::numeric, 2), 0.90, 'the head tells how many were cancelled') from private.queue_state as q;
select ok(q.waiting between 27400 and 27500, 'the estimate leaves them out') from private.queue_state as q;

-- TEST: never less than what was counted
delete from public.generations as g where g.message_id > 1022300;
select pg_temp.count_anew();
select ok(q.settled >= 20000, 'of 20,070 no fewer than 20,000 are told') from private.queue_state as q;

select * from finish();
rollback;
