-- Place and expected wait of a waiting generation, by the pace of the slots or of the image budget.
begin;
select plan(12);

-- SETUP
select tests.create_user(n, credits => 100) from generate_series(1, 3) as n;
-- Two slots of ten seconds: a start in five seconds.
update private.settings set max_concurrent = 2, per_user_concurrency = 2;
update private.queue_state set service_ms = 10000, measured_at = clock_timestamp() + interval '30 seconds';
select tests.submit(tests.user_id(1), 'a1', 'low');
select tests.submit(tests.user_id(1), 'a2', 'low');
select tests.submit(tests.user_id(2), 'b1', 'low');
select tests.submit(tests.user_id(1), 'a3', 'low');
create function pg_temp.estimate(prompt text) returns jsonb language sql as $$
  select private.queue_estimate(tests.generation(prompt))
$$;

-- TEST: in the queue
select is(pg_temp.estimate('a1'), '{"position": 1, "eta_seconds": 10}'::jsonb, 'the first waits for its picture alone');
select is(pg_temp.estimate('b1'), '{"position": 3, "eta_seconds": 20}'::jsonb, 'two ahead at a start in five seconds');

-- TEST: in the lane of its user
select is(
  pg_temp.estimate('a3'), '{"position": 4, "eta_seconds": 25}'::jsonb, 'behind one round of the queue, as two own are before it'
);

-- TEST: a round takes at least a service time
update private.settings set max_concurrent = 1000;
select is(pg_temp.estimate('a3') ->> 'eta_seconds', '20', 'however many slots there are');
update private.settings set max_concurrent = 2;

-- TEST: the image budget
update private.settings set images_per_minute = 6;
select is(pg_temp.estimate('b1') ->> 'eta_seconds', '30', 'a start in ten seconds, where the budget is slower than the slots');
update private.settings set images_per_minute = 6000;
select is(pg_temp.estimate('b1') ->> 'eta_seconds', '20', 'the slots, where they are slower');
update private.settings set images_per_minute = null;

-- TEST: a pause
update private.provider_state set rate_paused_until = clock_timestamp() + interval '1000 seconds';
select cmp_ok((pg_temp.estimate('a1') ->> 'eta_seconds')::integer, '>', 900, 'what is left of it comes before');
update private.provider_state set rate_paused_until = null, paused_until = 'infinity', pause_kind = 'operator';
select is(pg_temp.estimate('a1') ->> 'eta_seconds', '86410', 'an endless pause is a day at the most');
update private.provider_state set paused_until = null, pause_kind = null;

-- TEST: no slot
update private.settings set max_concurrent = 0;
select is(pg_temp.estimate('b1') ->> 'eta_seconds', '86410', 'a day, where nothing may start');
update private.settings set max_concurrent = 2;

-- TEST: far from the head
insert into public.generations (user_id, prompt, size, quality, output_format, cost, message_id, queued_at)
select tests.user_id(3), 'w' || n, '1024x1024', 'low', 'png', 1, 1000 + 2 * n, now() from generate_series(1, 1000) as n;
select is(private.place_in_queue(1100), 3 + 49, 'near the head it is counted');
select cmp_ok(private.place_in_queue(3000), '>', 200, 'beyond it is estimated');

-- TEST: what does not wait
select tests.claim(1);
select is(pg_temp.estimate('a1'), null, 'one that has started has no place');

select * from finish();
rollback;
