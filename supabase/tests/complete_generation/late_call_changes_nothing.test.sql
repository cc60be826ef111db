-- A worker that lost its job does not get it back, however far it got.
begin;
select plan(14);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
select tests.end_lease(tests.generation('a'));
select tests.as_owner();
select private.expire_lease((tests.generation('a')).id, 1);
select tests.as_service();
create function pg_temp.complete(attempt integer) returns text language sql as $$
  select public.complete_generation((tests.generation('a')).id, attempt, 'https://bucket.test/a.png') ->> 'outcome'
$$;

-- TEST: between attempts
select is(pg_temp.complete(1), 'stale', 'the lost attempt is refused');

-- TEST: while another works on it
select tests.claim();
select is(pg_temp.complete(1), 'stale', 'the fence has moved on');
select is(
  public.complete_generation((tests.generation('a')).id, 1, 'https://bucket.test/a.png'),
  '{"outcome": "stale", "status": "PROCESSING", "unwanted": false}'::jsonb, 'the picture may yet be wanted'
);
select is(pg_temp.complete(3), 'stale', 'nor can it be jumped');
select is((tests.generation('a')).status, 'PROCESSING', 'the row is untouched');
select is(pg_temp.complete(2), 'completed', 'the attempt that holds it completes');
select is(pg_temp.complete(1), 'stale', 'the old one still learns that it did not');

-- TEST: after another end
select tests.start(tests.user_id(1), 'b');
select tests.fail(tests.generation('b'), 'permanent', 'invalid_prompt');
select is(
  public.complete_generation((tests.generation('b')).id, 1, 'https://bucket.test/b.png'),
  '{"outcome": "stale", "status": "FAILED", "unwanted": true}'::jsonb,
  'a FAILED one stays FAILED, and its picture is unwanted'
);
select is((tests.generation('b')).public_url, null, 'without an address');
select is(
  public.complete_generation(gen_random_uuid(), 1, 'https://bucket.test/x.png'),
  '{"outcome": "stale", "status": null, "unwanted": false}'::jsonb, 'an unknown id is stale'
);

-- TEST: after its owner's DELETE
select tests.submit(tests.user_id(1), 'c');
select public.delete_generation(tests.user_id(1), null, (tests.generation('c')).id);
select is(
  public.complete_generation((tests.generation('c')).id, 1, 'https://bucket.test/c.png'),
  '{"outcome": "stale", "status": "CANCELLED", "unwanted": true}'::jsonb, 'nor is a CANCELLED one''s wanted'
);
select is(
  public.complete_generation((tests.generation('a')).id, 1, 'https://bucket.test/a.png'),
  '{"outcome": "stale", "status": "COMPLETED", "unwanted": false}'::jsonb, 'the late picture of a COMPLETED one is the picture'
);
select public.delete_generation(tests.user_id(1), null, (tests.generation('a')).id);
select is(
  public.complete_generation((tests.generation('a')).id, 1, 'https://bucket.test/a.png'),
  '{"outcome": "stale", "status": "COMPLETED", "unwanted": true}'::jsonb, 'until it is deleted'
);
select is(
  public.complete_generation((tests.generation('a')).id, 2, 'https://bucket.test/a.png'),
  '{"outcome": "already_completed", "status": "COMPLETED", "unwanted": true}'::jsonb, 'for whoever completed it, too'
);

select * from finish();
rollback;
