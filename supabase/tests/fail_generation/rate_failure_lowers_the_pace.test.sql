-- A rate 429 holds all claims until Retry-After and halves the pace, once a round of calls.
begin;
select plan(14);

-- SETUP
select tests.create_user(1, credits => 100);
update private.settings set max_concurrent = 10, per_user_concurrency = 6, max_attempts = 10;
select tests.as_service();
select tests.submit(tests.user_id(1), prompt, 'low') from unnest(array['a', 'b', 'c', 'd', 'e', 'f']) as prompt;
select tests.claim(5);
create function pg_temp.fail(prompt text, retry_after_ms integer) returns void language sql as $$
  select public.fail_generation(
    (tests.generation(prompt)).id, 1, 'rate', 'provider_unavailable', 'slow down', retry_after_ms => retry_after_ms)
$$;
-- In steps of ten seconds: however slow the machine.
create function pg_temp.state() returns table (held_seconds integer, pace integer) language sql as $$
  select (ceil(extract(epoch from p.rate_paused_until - clock_timestamp()) / 10) * 10)::integer, p.concurrency_limit
  from private.provider_state as p
$$;

-- TEST: the first
select pg_temp.fail('a', 20000);
select results_eq('select * from pg_temp.state()', 'values (20, 5)', 'claims are held, the pace is halved');
select is(tests.claim(), 0, 'nothing starts, though slots are free');
select is(private.count_failed_attempts((tests.generation('a')).id), 0, 'the job keeps its attempt');

-- TEST: others of the same round
select pg_temp.fail('b', 5000);
select results_eq('select * from pg_temp.state()', 'values (20, 5)', 'a shorter wait shortens nothing');
select pg_temp.fail('c', 40000);
select results_eq('select * from pg_temp.state()', 'values (40, 5)', 'a longer one counts, the pace is halved once');

-- TEST: one that began before the pause was known
update private.generation_attempts as a set claimed_at = clock_timestamp() where a.generation_id = (tests.generation('e')).id;
select pg_temp.fail('e', 1000);
select results_eq('select * from pg_temp.state()', 'values (40, 5)', 'is of the same round');

-- TEST: the next round
update private.provider_state set rate_paused_until = clock_timestamp() where singleton;
select is(tests.claim(1), 1, 'when the wait is over it goes on');
create function pg_temp.fail_next(retry_after_ms integer) returns void language sql as $$
  select public.fail_generation(
    a.generation_id, a.attempt, 'rate', 'provider_unavailable', 'slow down', retry_after_ms => fail_next.retry_after_ms)
  from private.generation_attempts as a where a.finished_at is null order by a.claimed_at desc limit 1
$$;
select pg_temp.fail_next(8000);
select results_eq('select * from pg_temp.state()', 'values (10, 2)', 'it is halved again, however soon');
select pg_temp.fail('d', 8000);
select results_eq('select * from pg_temp.state()', 'values (10, 2)', 'but not by a call that began before that');

-- TEST: the bounds
-- The claim that follows begins at the end of a wait of twelve seconds.
create function pg_temp.waited() returns void language sql as $$
  update private.provider_state set concurrency_limit = 1, concurrency_changed_at = clock_timestamp(),
    rate_refused_at = clock_timestamp() - interval '12 seconds', rate_paused_until = clock_timestamp()
  where singleton
$$;
select pg_temp.waited();
update pgmq.q_generations set vt = clock_timestamp() where true;
select is(tests.claim(1), 1, 'one goes on');
select pg_temp.fail_next(1000);
select results_eq('select * from pg_temp.state()', 'values (10, 1)', 'below one it does not go');

-- TEST: a job that is refused for as long as it may wait
update public.generations as g set started_at = clock_timestamp() - interval '1 day' where g.prompt = 'b';
update private.provider_state set rate_paused_until = null where singleton;
update pgmq.q_generations as q set vt = clock_timestamp() + case when q.msg_id = (tests.generation('b')).message_id
  then interval '0' else interval '1 hour' end where true;
select is(tests.claim(1), 1, 'goes on');
select is(tests.fail(tests.generation('b'), 'rate'), 'failed', 'and ends when it is refused again');
select is((select p.pause_kind from private.provider_state as p), null, 'submissions go on');

select * from finish();
rollback;
