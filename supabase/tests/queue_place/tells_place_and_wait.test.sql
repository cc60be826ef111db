-- "Queued or hung?": the place is exact near the head, the wait follows what was measured.
begin;
select plan(9);

-- SETUP
select tests.create_user(1, credits => 100);
select tests.create_user(2);
update private.settings set max_concurrent = 2, per_user_concurrency = 2;
update private.queue_state set service_ms = 8000, refreshed_at = clock_timestamp() + interval '1 hour';
select tests.as_service();
select tests.submit(tests.user_id(1), prompt, 'low') from unnest(array['a', 'b', 'c']) as prompt;
select tests.submit(tests.user_id(2), 'd', 'low');
create function pg_temp.place(prompt text) returns jsonb language sql as $$
  select private.queue_place(tests.generation(prompt))
$$;

-- TEST: the place
select is(pg_temp.place('a'), '{"position": 1, "eta_seconds": 8}'::jsonb, 'the head: its own painting');
select is(pg_temp.place('b'), '{"position": 2, "eta_seconds": 12}'::jsonb, 'the next: half a painting more, two at a time');
select is((pg_temp.place('d') ->> 'position')::integer, 3, 'another user''s comes before the third of the first');
select is((pg_temp.place('c') ->> 'position')::integer, 4, 'which waits in its lane, though it is older');

-- TEST: what makes it longer
select tests.as_owner();
update private.settings set images_per_minute = 1;
select is((pg_temp.place('b') ->> 'eta_seconds')::integer, 69, 'a budget of one a minute, which counts a claim for 61 seconds');
update private.settings set images_per_minute = null;
update private.provider_state set rate_paused_until = clock_timestamp() + interval '30 seconds' where singleton;
select ok((pg_temp.place('a') ->> 'eta_seconds')::integer between 33 and 38, 'a provider that asked to wait');
update private.provider_state set rate_paused_until = null where singleton;

-- TEST: who has no place
select tests.claim(1);
select is(pg_temp.place('a'), null, 'a started one has none');
select is((pg_temp.place('b') ->> 'position')::integer, 1, 'the others moved up');
select is((pg_temp.place('d') ->> 'position')::integer, 2);

select * from finish();
rollback;
