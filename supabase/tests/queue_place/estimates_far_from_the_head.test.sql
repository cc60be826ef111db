-- A long queue makes no answer slow: beyond 200 the place is an estimate, never less than what is known.
begin;
select plan(8);

-- SETUP
select tests.create_user(1);
insert into public.generations (user_id, prompt, size, quality, output_format, cost, message_id, queued_at)
select tests.user_id(1), 'p' || n, '1024x1024', 'low', 'png', 1, 1000000 + n, now() from generate_series(1, 500) as n;
insert into public.generations (user_id, prompt, size, quality, output_format, cost, created_at)
values (tests.user_id(1), 'in the table', '1024x1024', 'low', 'png', 1, now() + interval '1 second');
update private.queue_state set waiting = 501 where singleton;
create function pg_temp.place(prompt text) returns integer language sql as $$
  select (private.queue_place(tests.generation(prompt)) ->> 'position')::integer
$$;

-- TEST: exact, then estimated
select is(pg_temp.place('p200'), 200, 'exact up to 200');
select is(pg_temp.place('p500'), 500, 'by message ids beyond');
select is(pg_temp.place('in the table'), 501, 'behind the whole queue in a lane');
delete from public.generations where prompt = 'p250';
select is(pg_temp.place('p500'), 500, 'gaps make it an estimate');

-- TEST: where many were cancelled
delete from public.generations as g where g.message_id between 1000021 and 1000120;
update public.generations set created_at = now() - interval '10 seconds', queued_at = now() - interval '10 seconds'
where message_id is not null;
update private.queue_state set refreshed_at = '-infinity' where singleton;
select private.refresh_queue_state();
select is(round(queued_share * 500), 399::double precision, 'the share that waits is measured') from private.queue_state;
select is(pg_temp.place('p500'), 399, 'they are left out of an estimate');
select is(pg_temp.place('in the table'), 400, 'also of the queue that a lane stands behind');
delete from public.generations as g where g.message_id between 1000121 and 1000449;
select is(pg_temp.place('p500'), 71, 'where few are left they are counted');

select * from finish();
rollback;
