-- A request that the network sent twice carries one id: one generation, one charge.
begin;
select plan(17);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
select tests.as_service();
create function pg_temp.submit(telegram_id bigint, enforce boolean default true, key text default null) returns jsonb
language sql as $$
  select tests.submit_raw(tests.submission(tests.user_id(telegram_id), quality => 'medium', changes => jsonb_build_object(
    'generation_id', '00000000-0000-4000-8000-00000000000a', 'idempotency_key', key, 'request_hash', 'hash',
    'enforce_rate_limit', enforce)))
$$;
create temp table answers on commit drop as select 1 as call, pg_temp.submit(1) as answer;
create temp table before on commit drop as select * from tests.generation('a cat');

-- TEST: the same id again
insert into answers select 2, pg_temp.submit(1);
select is(
  (select answer #>> '{answer,id}' from answers where call = 1), '00000000-0000-4000-8000-00000000000a', 'the id is the caller''s'
);
select is(
  (select answer -> 'answer' from answers where call = 2), (select answer -> 'answer' from answers where call = 1),
  'the second call gets the first answer'
);
select is((select answer ->> 'outcome' from answers where call = 2), 'accepted', 'it is no replay of a key');
select is((select answer -> 'rate_limit' from answers where call = 2), 'null'::jsonb, 'and takes no rate-limit token');
select is((select floor(r.tokens)::integer from private.rate_limits as r), 4, 'as the bucket shows');
select results_eq('select * from public.generations', 'table before', 'there is one generation, and it is untouched');
select is((select count(*) from pgmq.q_generations)::integer, 1, 'it has one message');
select is((select count(*) from public.credit_ledger as l where l.kind = 'generation')::integer, 1, 'and one entry in the ledger');
select is(tests.credits(1), 16, 'it was charged once');

-- TEST: later
select is(pg_temp.submit(1, key => 'key') #>> '{answer,id}', '00000000-0000-4000-8000-00000000000a', 'with a key, too');
select is(pg_temp.submit(1, key => 'key') ->> 'outcome', 'accepted', 'whose first request it was not');
select tests.claim();
select tests.as_owner();
select admin.pause('test');
select tests.as_service();
select is(
  (pg_temp.submit(1, false) -> 'answer') - '{id,created_at,queue,poll_after_ms}'::text[],
  '{"status": "PROCESSING", "credits": 16}'::jsonb, 'it is answered while paused, as things are'
);
select tests.as_owner();
select admin.resume();
select tests.as_service();

-- TEST: another user
select throws_ok('select pg_temp.submit(2)', '23505', null, 'an id of somebody else is refused');
select throws_ok('select pg_temp.submit(2, false)', '23505', null, 'by either way');
select is(tests.credits(2), 20, 'and costs nothing');

-- TEST: no id
select isnt(tests.submit(tests.user_id(2)), tests.submit(tests.user_id(2)), 'each is another generation');
select is(tests.credits(2), 12, 'with its own price');

select * from finish();
rollback;
