-- Nothing that has served grows without bound, and nothing in use is removed.
begin;
select plan(11);

-- SETUP
select tests.create_user(1);
select tests.submit(tests.user_id(1), 'a');
insert into private.idempotency_keys (user_id, key, request_hash, generation_id, answer, created_at)
select tests.user_id(1), key, 'hash', (tests.generation('a')).id, '{}', now() - age
from (values ('old', interval '25 hours'), ('new', interval '23 hours')) as keys (key, age);
insert into private.sessions (id, user_id, expires_at)
select gen_random_uuid(), tests.user_id(1), now() - age
from unnest(array[interval '25 hours', interval '23 hours', interval '-1 hour']) as age;
insert into private.refresh_tokens (token_hash, session_id, spent_at)
select repeat(letter, 64), s.id, now() - age
from (values ('a', interval '31 days'), ('b', interval '29 days'), ('c', null)) as tokens (letter, age),
  (select id from private.sessions where expires_at > now()) as s;
insert into private.rate_limits (rule, identifier, tokens, updated_at)
values ('test', 'idle', 0, now() - interval '6 minutes'), ('test', 'busy', 0, now());
insert into cron.job_run_details (runid, start_time, end_time)
values (-1, now() - interval '25 hours', now() - interval '25 hours'), (-2, now(), now()), (-3, now(), null),
  (-4, now() - interval '25 hours', null); -- a crash left it without an end
insert into pgmq.a_generations (msg_id, enqueued_at, archived_at, vt, message)
select -n, now(), now() - age, now(), '{}' from (values (1, interval '91 days'), (2, interval '89 days')) as d (n, age);
insert into pgmq.a_bot_messages (msg_id, enqueued_at, archived_at, vt, message)
values (-1, now(), now() - interval '91 days', now(), '{}');
insert into net._http_response (id, created) values (-1, now() - interval '61 minutes'), (-2, now());

-- TEST: what goes
select is(private.clean_up(), 9::bigint, 'one of each has served, two of runs');

-- TEST: what stays
select set_eq('select k.key from private.idempotency_keys as k', array['new'], 'keys of the last 24 hours');
select is((select count(*) from private.sessions)::integer, 2, 'sessions until a day after their end');
select set_eq(
  'select left(t.token_hash, 1) from private.refresh_tokens as t', array['b', 'c'], 'tokens spent within 30 days'
);
select set_eq('select r.identifier from private.rate_limits as r', array['busy'], 'buckets that are not full again');
select set_eq('select d.runid from cron.job_run_details as d where d.runid < 0', array[-2, -3]::bigint[], 'runs of the last day');
select set_eq('select r.id from net._http_response as r where r.id < 0', array[-2]::bigint[], 'answers of the last hour');
select set_eq('select a.msg_id from pgmq.a_generations as a', array[-2]::bigint[], 'dead letters of settings.dead_letter_days');
select is_empty('select from pgmq.a_bot_messages', 'of either queue');
select is(private.clean_up(), 0::bigint, 'a second time finds nothing');

-- TEST: the schedule
select is(
  (select j.schedule || ': ' || j.command from cron.job as j where j.jobname = 'clean_up' and j.active),
  '* * * * *: select private.clean_up()', 'pg_cron cleans every minute, apart from the sweep'
);

select * from finish();
rollback;
