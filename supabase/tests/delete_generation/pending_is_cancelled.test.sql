-- PENDING -> CANCELLED: out of the queue, the credits back, the user's next one sent.
begin;
select plan(9);

-- SETUP
select tests.create_user(1);
update private.settings set per_user_concurrency = 1;
select tests.as_service();
select tests.submit(tests.user_id(1), 'a', 'high');
select tests.submit(tests.user_id(1), 'next', 'low');
create function pg_temp.delete(prompt text) returns jsonb language sql as $$
  select public.delete_generation(tests.user_id(1), null, (tests.generation(prompt)).id)
$$;

-- TEST: what waits in the queue
select is(
  pg_temp.delete('a') - '{id,created_at,finished_at}'::text[],
  '{"status": "CANCELLED", "prompt": "a", "size": "1024x1024", "quality": "high", "output_format": "png",
    "attempt": 0, "started_at": null, "public_url": null, "error_code": null, "queue": null,
    "poll_after_ms": 0, "version": 2, "object_key": null}'::jsonb, 'the answer shows it cancelled'
);
select is(tests.credits(1), 19, 'the credits are back');
select results_eq(
  $$ select l.delta, l.generation_id from public.credit_ledger as l where l.kind = 'refund' $$,
  $$ select 15, (tests.generation('a')).id $$, 'the ledger says for what'
);
select isnt((tests.generation('a')).finished_at, null, 'it has its end');
select is_empty($$ select from pgmq.a_generations $$, 'it is no dead letter');
select results_eq(
  $$ select q.message ->> 'generation_id' from pgmq.q_generations as q $$,
  $$ select (tests.generation('next')).id::text $$, 'the next one took its place'
);

-- TEST: what waits in the table
select tests.submit(tests.user_id(1), 'last', 'low');
select is(pg_temp.delete('last') ->> 'status', 'CANCELLED', 'it is cancelled too');
select is(tests.credits(1), 19, 'and refunded');
select is((select count(*) from pgmq.q_generations)::integer, 1, 'the queue is as it was');

select * from finish();
rollback;
