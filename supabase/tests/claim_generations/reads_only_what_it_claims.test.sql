-- A claim looks its rows up by their ids, also where statistics of quieter times say that hardly any wait.
begin;
select plan(5);

-- SETUP
set local plan_cache_mode = 'force_generic_plan';
update private.settings set max_concurrent = 100;
update private.queue_state set measured_at = clock_timestamp() + interval '30 seconds'; -- measuring is another function's
select tests.create_user(1);
select tests.create_user(2);
select tests.submit(tests.user_id(1), 'a');
create function pg_temp.insert_attempts(prompts text) returns void language sql as $$
  insert into private.generation_attempts
    (generation_id, attempt, worker_id, lease_expires_at, provider_finished_at, finished_at, outcome)
  select g.id, 1, gen_random_uuid(), now(), now(), now(), 'lost' from public.generations as g where g.prompt like prompts
$$;
-- Quiet times: hardly any waits. Then a spike.
insert into public.generations
  (user_id, prompt, size, quality, output_format, cost, status, attempt, public_url, started_at, finished_at)
select tests.user_id(2), 'done ' || n, '1024x1024', 'low', 'png', 1, 'COMPLETED', 1, 'http://x/' || n, now(), now()
from generate_series(1, 3000) as n;
select pg_temp.insert_attempts('done %');
analyze public.generations, private.generation_attempts;
insert into public.generations (user_id, prompt, size, quality, output_format, cost)
select tests.user_id(2), 'waits ' || n, '1024x1024', 'low', 'png', 1 from generate_series(1, 3000) as n;
select pg_temp.insert_attempts('waits %');
create function pg_temp.rows_read(relation text) returns bigint language sql as $$
  select t.seq_tup_read + t.idx_tup_fetch from pg_stat_xact_user_tables as t where t.relid = relation::regclass
$$;
create temp table before on commit drop as
select pg_temp.rows_read('public.generations') as generations, pg_temp.rows_read('private.generation_attempts') as attempts;

-- TEST: a claim
select tests.as_service();
select is(tests.claim(1), 1, 'it finds the one that is in the queue');
select tests.as_owner();
select cmp_ok(
  pg_temp.rows_read('public.generations') - (select generations from before), '<', 100::bigint, 'without reading those that wait'
);

-- TEST: a slot that comes free
select tests.as_service();
select is(
  public.claim_generations(tests.worker_id(), 0, jsonb_build_array(jsonb_build_object(
    'generation_id', (tests.generation('a')).id, 'attempt', 1))) -> 'jobs', '[]', 'it is told of'
);
select tests.as_owner();
select cmp_ok(
  pg_temp.rows_read('private.generation_attempts') - (select attempts from before), '<', 100::bigint,
  'without reading those of others'
);
select is(
  (select count(*) from private.generation_attempts as a where a.provider_finished_at is null), 0::bigint, 'and freed'
);

select * from finish();
rollback;
