-- Refusals before any charge: a pause, and a queue that is too long to wait in.
begin;
select plan(12);

-- SETUP
select tests.create_user(n, credits => 20) from generate_series(1, 4) as n;
-- One start in ten seconds.
update private.settings set max_queue_seconds = 100, max_concurrent = 1;
update private.queue_state set service_ms = 10000, measured_at = clock_timestamp() + interval '30 seconds';

-- In steps of five seconds: however slow the machine.
create function pg_temp.retry_after() returns integer language sql as $$
  select ceil((tests.detail_of('select tests.submit(tests.user_id(1))') ->> 'retry_after_seconds')::integer / 5.0) * 5
$$;
grant execute on function pg_temp.retry_after() to service_role;

-- TEST: the operator's pause
select admin.pause('maintenance');
select tests.as_service();
select throws_ok(
  $$ select tests.submit(tests.user_id(1)) $$, 'PX503', 'Generation is paused for now: nothing was charged'
);
select is(pg_temp.retry_after(), 60, 'an endless pause asks to come again in a minute');
select is(tests.credits(1), 20, 'nothing was charged');
select is_empty($$ select from public.generations $$, 'no row was left');

-- TEST: a pause for want of funds, and its end
update private.provider_state set paused_until = clock_timestamp() + interval '40 seconds', pause_kind = 'money';
select is(pg_temp.retry_after(), 40, 'a timed pause tells its end');
update private.provider_state set paused_until = clock_timestamp() - interval '1 second';
select lives_ok($$ select tests.submit(tests.user_id(1), 'probe', 'low') $$, 'once it has ended a job may probe');

-- TEST: a queue that is too long
update private.provider_state set paused_until = null, pause_kind = null;
insert into public.generations (user_id, prompt, size, quality, output_format, cost, message_id, queued_at)
select tests.user_id(2), 'w', '1024x1024', 'low', 'png', 1, 1000 + n, now() from generate_series(1, 10) as n;
select throws_ok(
  $$ select tests.submit(tests.user_id(1), 'x', 'low') $$, 'PX503', 'The queue is full for now: nothing was charged'
);
select is(pg_temp.retry_after(), 10, 'it asks to come again once the queue has shrunk');
select tests.as_owner();
delete from public.generations as g where g.message_id = 1010;
select tests.as_service();
select lives_ok($$ select tests.submit(tests.user_id(3), 'y', 'low') $$, 'a wait of max_queue_seconds is accepted');
select results_eq(
  $$ select a ->> 'outcome' from jsonb_array_elements(public.submit_generations(jsonb_build_array(
    tests.submission(tests.user_id(3)), tests.submission(tests.user_id(4))))) as a $$,
  $$ values ('refused'), ('refused') $$, 'of a batch each is refused by its own place'
);

-- TEST: no slot at all
select tests.as_owner();
update private.settings set max_concurrent = 0;
select tests.as_service();
select throws_ok($$ select tests.submit(tests.user_id(1)) $$, 'PX503', null, 'max_concurrent 0 accepts nothing');
select is(array(select tests.credits(n) from generate_series(1, 4) as n), array[19, 20, 19, 20], 'two were charged');

select * from finish();
rollback;
