-- A long queue makes no answer slow: beyond 200 the place is an estimate, never less than what is known.
begin;
select plan(4);

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

select * from finish();
rollback;
