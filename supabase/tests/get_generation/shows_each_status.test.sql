-- What GET /generation/{id} answers, from submission to picture.
begin;
select plan(11);

-- SETUP
select tests.create_user(1);
update private.queue_state set service_ms = 15000 where singleton;
select tests.as_service();
create function pg_temp.get(prompt text) returns jsonb language sql as $$
  select public.get_generation(tests.user_id(1), null, (tests.generation(prompt)).id)
$$;
select tests.submit(tests.user_id(1), 'a');

-- TEST: PENDING
select is(
  (select array_agg(key order by key) from jsonb_object_keys(pg_temp.get('a')) as key),
  array['attempt', 'created_at', 'error_code', 'finished_at', 'id', 'output_format', 'poll_after_ms',
    'prompt', 'public_url', 'quality', 'queue', 'size', 'started_at', 'status', 'version'],
  'it holds what the contract promises, with error_code for error'
);
select is(pg_temp.get('a') -> 'queue', '{"position": 1, "eta_seconds": 15}'::jsonb, 'it tells the place and the wait');
select is(pg_temp.get('a') -> 'poll_after_ms', '3750'::jsonb, 'and when to ask again');

-- TEST: PROCESSING
select tests.claim();
select is(pg_temp.get('a') ->> 'status', 'PROCESSING', 'a claim shows');
select is(pg_temp.get('a') -> 'queue', 'null'::jsonb, 'it has no place any more');
select is((pg_temp.get('a') ->> 'version')::integer, 2, 'the version grew');

-- TEST: COMPLETED
select tests.complete(tests.generation('a'));
select is(pg_temp.get('a') ->> 'public_url', 'https://bucket.test/' || (tests.generation('a')).id, 'the address shows');
select is(pg_temp.get('a') -> 'poll_after_ms', '0'::jsonb, 'there is nothing left to wait for');

-- TEST: FAILED
select tests.start(tests.user_id(1), 'b');
select tests.fail(tests.generation('b'), 'permanent', 'moderation_blocked');
select is(pg_temp.get('b') ->> 'error_code', 'moderation_blocked', 'the reason shows');
select is(pg_temp.get('b') -> 'public_url', 'null'::jsonb, 'without an address');
select is((pg_temp.get('b') ->> 'version')::integer, 3, 'the version grew');

select * from finish();
rollback;
