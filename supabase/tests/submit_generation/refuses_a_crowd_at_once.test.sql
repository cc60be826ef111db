-- Admission goes by what waits now, not by what waited a second ago: nobody is accepted to expire in the queue.
begin;
select plan(8);

-- SETUP
select tests.create_user(n) from generate_series(1, 9) as n;
update private.settings set max_concurrent = 1, max_queue_seconds = 25;
update private.queue_state set waiting = 0, service_ms = 10000, refreshed_at = clock_timestamp();
select tests.as_service();

-- TEST: one by one
select lives_ok($$ select tests.submit(tests.user_id(n)) from generate_series(1, 3) as n $$, 'three waits are within 25 s');
select is(private.waiting_now(), 3, 'they are counted though the count is older');
select throws_ok(
  $$ select tests.submit(tests.user_id(4)) $$, 'PX503', 'The queue is full for now: nothing was charged',
  'the fourth would wait 30 s'
);
select is(tests.credits(4), 20, 'and is not charged');

-- TEST: together
create temp table refused on commit drop as
select a.value as answer from jsonb_array_elements(public.submit_generations(jsonb_build_array(
  tests.submission(tests.user_id(5)), tests.submission(tests.user_id(6))))) as a;
select results_eq(
  $$ select answer #>> '{refused,code}', (answer #>> '{refused,details}')::jsonb ? 'retry_after_seconds' from refused $$,
  $$ values ('PX503', true), ('PX503', true) $$, 'a batch is not accepted either'
);
select tests.claim(2);
select results_eq(
  $$ select a.value #>> '{answer,status}' from jsonb_array_elements(public.submit_generations((
    select jsonb_agg(tests.submission(tests.user_id(n))) from generate_series(5, 6) as n))) as a $$,
  array['PENDING', null], 'nor more of one than there is room for'
);
select tests.as_owner();
update private.settings set max_queue_seconds = 35;
select tests.as_service();
select lives_ok($$ select tests.submit(tests.user_id(7)) $$, 'where one may wait longer there is room for one');
select throws_ok($$ select tests.submit(tests.user_id(8)) $$, 'PX503', null, 'and for no more');

select * from finish();
rollback;
