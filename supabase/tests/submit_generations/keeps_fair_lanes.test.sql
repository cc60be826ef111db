-- At most per_user_concurrency messages of one user are in the queue, so that nobody starves the rest.
begin;
select plan(7);

-- SETUP
select tests.create_user(1, credits => 100);
select tests.create_user(2, credits => 100);
update private.settings set max_concurrent = 1;
select tests.as_service();
select tests.submit(tests.user_id(1), prompt, 'low') from unnest(array['a1', 'a2', 'a3', 'a4']) as prompt;
select tests.submit(tests.user_id(2), 'b1', 'low');

-- TEST: the lane
select set_eq(
  $$ select g.prompt from public.generations as g where g.message_id is not null $$,
  array['a1', 'a2', 'b1'], 'two messages of the first user, one of the second'
);
select is_empty(
  $$ select from public.generations as g where (g.message_id is null) <> (g.queued_at is null) $$,
  'what waits in the table is not marked as queued'
);
select is((select count(*) from pgmq.q_generations)::integer, 3, 'the rest has no message');
select is(tests.credits(1), 96, 'all were charged');

-- TEST: who comes next
create function pg_temp.generate_next() returns text language plpgsql as $$
declare
  job jsonb := public.claim_generations(tests.worker_id(), 1) -> 'jobs' -> 0;
begin
  perform tests.complete(g) from public.generations as g where g.id = (job ->> 'generation_id')::uuid;
  return job ->> 'prompt';
end;
$$;
select is(
  array[pg_temp.generate_next(), pg_temp.generate_next(), pg_temp.generate_next()], array['a1', 'a2', 'b1'],
  'the second user is served before the third of the first'
);
select is(array[pg_temp.generate_next(), pg_temp.generate_next()], array['a3', 'a4'], 'then the others, in order');
select is_empty($$ select from pgmq.q_generations $$, 'nothing is left');

select * from finish();
rollback;
