-- Honest refusals before any charge.
begin;
select plan(12);

-- SETUP
select tests.create_user(1);
update private.settings set max_queue_seconds = 900, max_concurrent = 10;

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
update private.provider_state set paused_until = clock_timestamp() + interval '10 seconds', pause_kind = 'money';
select is(pg_temp.retry_after(), 10, 'a timed pause tells its end');
update private.provider_state set paused_until = clock_timestamp() - interval '1 second';
select lives_ok($$ select tests.submit(tests.user_id(1), 'probe') $$, 'once it has ended a job may probe');

-- TEST: a queue nobody should wait in
update private.provider_state set paused_until = null, pause_kind = null;
update private.queue_state
set settled = 1000, settled_before = 'infinity', service_ms = 10000, refreshed_at = clock_timestamp() + interval '1 hour';
select throws_ok(
  $$ select tests.submit(tests.user_id(1)) $$, 'PX503', 'The queue is full for now: nothing was charged'
);
select is(pg_temp.retry_after(), 100, 'it asks to come again once the queue has shrunk (1000 s - 900 s)');
update private.queue_state set settled = 910;
select is(pg_temp.retry_after(), 45, 'where it has nearly, in a twentieth of the longest wait');
update private.queue_state set settled = 89;
select lives_ok($$ select tests.submit(tests.user_id(1)) $$, 'a wait below max_queue_seconds is accepted');

-- TEST: no slot at all
select tests.as_owner();
update private.settings set max_concurrent = 0;
select tests.as_service();
select throws_ok($$ select tests.submit(tests.user_id(1)) $$, 'PX503', null, 'max_concurrent 0 accepts nothing');
select is(tests.credits(1), 12, 'two were charged');

select * from finish();
rollback;
