-- The room in the queue is what the image budget lets start in time, and no lane takes of it.
begin;
select plan(11);

-- SETUP
select tests.create_user(n) from generate_series(1, 8) as n;
update private.settings
set max_concurrent = 100, images_per_minute = 2, max_queue_seconds = 70, per_user_concurrency = 1;
update private.queue_state set service_ms = 1000, refreshed_at = 'infinity';
create function pg_temp.started(ago interval) returns void language sql as $$
  update private.generation_attempts set claimed_at = clock_timestamp() - ago where true
$$;

-- TEST: how many start within 70 seconds
select is(private.room_in_queue(), 4, 'two now and two a minute later');
select tests.as_service();
select tests.start(tests.user_id(1), 'started');
select tests.as_owner();
select pg_temp.started('20 seconds');
select is(private.room_in_queue(), 3, 'a claim of the last minute takes a place');
select pg_temp.started('55 seconds');
select is(private.room_in_queue(), 4, 'not one that leaves the minute in time');
update private.settings set max_queue_seconds = 60;
select is(private.room_in_queue(), 2, 'who may wait for less than a minute waits for what leaves it');
update private.settings set max_queue_seconds = 70;

update private.provider_state set rate_paused_until = clock_timestamp() + interval '40 seconds' where singleton;
select is(private.room_in_queue(), 2, 'nor is there room for who starts a minute after a wait the provider asked for');
update private.provider_state set rate_paused_until = clock_timestamp() + interval '71 seconds' where singleton;
select is(private.room_in_queue(), 0, 'and for nobody where that wait is too long');
update private.provider_state set rate_paused_until = null where singleton;

-- TEST: submissions
select tests.as_service();
select tests.submit(tests.user_id(n)) from generate_series(2, 4) as n;
select tests.submit(tests.user_id(2), 'in a lane');
select is(private.waiting_now(), 3, 'a lane is not in the queue');
select lives_ok($$ select tests.submit(tests.user_id(5)) $$, 'so there is room for the fourth');
select throws_ok(
  $$ select tests.submit(tests.user_id(6)) $$, 'PX503', 'The queue is full for now: nothing was charged', 'and for no fifth'
);
select is(
  (select a.value #>> '{refused,code}'
  from jsonb_array_elements(public.submit_generations(jsonb_build_array(tests.submission(tests.user_id(7))))) as a),
  'PX503', 'nor in a batch'
);
select is(tests.credits(6) + tests.credits(7), 40, 'nobody paid');

select * from finish();
rollback;
