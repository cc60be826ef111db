-- The bot sends a finished picture once, to those who allow it and did not come back for it.
begin;
select plan(11);

-- SETUP
select tests.create_user(telegram_id) from generate_series(1, 5) as telegram_id;
update public.users set allows_write_to_pm = true, language_code = 'de' where telegram_id <> 2;
update private.settings set bot_message_after_seconds = 30, per_user_concurrency = 10;
select tests.as_service();
select tests.start(u.id, 'of ' || u.telegram_id, 'low') from public.users as u order by u.telegram_id;
select tests.fail(tests.generation('of 5'), 'permanent', 'internal');
select tests.complete(g) from public.generations as g where g.status = 'PROCESSING';
create function pg_temp.time_passes() returns void language sql as $$
  update pgmq.q_bot_messages set vt = clock_timestamp() where true
$$;

-- TEST: not yet
select set_eq(
  $$ select g.prompt from private.bot_messages as b join public.generations as g on g.id = b.generation_id $$,
  array['of 1', 'of 3', 'of 4'], 'planned for a picture of a user who allows it'
);
select is(public.claim_bot_messages(10), '[]'::jsonb, 'not before its time');

-- TEST: in time
select public.get_generation(tests.user_id(3), null, (tests.generation('of 3')).id);
select public.delete_generation(tests.user_id(4), null, (tests.generation('of 4')).id);
select pg_temp.time_passes();
create temp table claimed on commit drop as select public.claim_bot_messages(10) as messages;
select is(
  (select messages from claimed),
  jsonb_build_array(jsonb_build_object('generation_id', (tests.generation('of 1')).id, 'chat_id', 1,
    'photo', 'https://bucket.test/' || (tests.generation('of 1')).id, 'language_code', 'de', 'tries', 0)),
  'only for who did not look, and did not remove it'
);
select pg_temp.time_passes();
select is(public.claim_bot_messages(10), '[]'::jsonb, 'once');
select is_empty('select from pgmq.q_bot_messages', 'the queue is empty');

-- TEST: what became of it
select public.settle_bot_message((tests.generation('of 1')).id, null, 30);
select is(
  (select ceil(extract(epoch from q.vt - clock_timestamp()) / 5)::integer * 5 from pgmq.q_bot_messages as q), 30,
  'a rate limit delays it'
);
select pg_temp.time_passes();
select is(jsonb_array_length(public.claim_bot_messages(10)), 1, 'then it is given again');
select public.settle_bot_message((tests.generation('of 1')).id, 'sent');
select is((select u.allows_write_to_pm from public.users as u where u.telegram_id = 1), true, 'sent is sent');
select public.settle_bot_message((tests.generation('of 1')).id, 'blocked');
select is((select u.allows_write_to_pm from public.users as u where u.telegram_id = 1), false, 'who blocks it is left alone');
select throws_ok($$ select public.settle_bot_message((tests.generation('of 1')).id, 'lost') $$, '23514');

-- TEST: switched off
select tests.as_owner();
update private.settings set bot_message_after_seconds = null;
select tests.start(tests.user_id(3), 'silent', 'low');
select tests.complete(tests.generation('silent'));
select is_empty('select from pgmq.q_bot_messages', 'null sends nothing');

select * from finish();
rollback;
