-- The heartbeat moves on leases, and the visibility of their messages with them.
begin;
select plan(5);

-- SETUP
select tests.create_user(1);
update private.settings set lease_seconds = 10;
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
select tests.start(tests.user_id(1), 'b');
select tests.as_owner();
update private.settings set lease_seconds = 100;
select tests.as_service();
create function pg_temp.beat(variadic prompts text[]) returns jsonb language sql as $$
  select public.extend_leases(tests.worker_id(), jsonb_agg(jsonb_build_object(
    'generation_id', (tests.generation(prompt)).id, 'attempt', 1))) from unnest(prompts) as prompt
$$;

-- TEST: one of two
select is(pg_temp.beat('a'), jsonb_build_array((tests.generation('a')).id), 'it is told what it holds');
select ok(
  (select a.lease_expires_at > clock_timestamp() + interval '90 seconds'
    from private.generation_attempts as a where a.generation_id = (tests.generation('a')).id),
  'the lease lasts as long as the setting says now'
);
select ok(
  (tests.message(tests.generation('a'))).vt > clock_timestamp() + interval '90 seconds', 'so does the message'
);
select ok(
  (select a.lease_expires_at < clock_timestamp() + interval '11 seconds'
    from private.generation_attempts as a where a.generation_id = (tests.generation('b')).id),
  'the other is not touched'
);
select is(public.extend_leases(tests.worker_id(), '[]'), '[]'::jsonb, 'no job, no lease');

select * from finish();
rollback;
