-- A rate 429 holds all claims until Retry-After and halves the pace, once for calls refused together.
begin;
select plan(10);

-- SETUP
select tests.create_user(1, credits => 100);
update private.settings set max_concurrent = 10, per_user_concurrency = 5;
select tests.as_service();
select tests.submit(tests.user_id(1), prompt, 'low') from unnest(array['a', 'b', 'c', 'd', 'e']) as prompt;
select tests.claim(4);
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
select is(private.spent_attempts((tests.generation('a')).id), 1, 'it counts as a failed attempt');

-- TEST: others of the same moment
update private.provider_state set concurrency_changed_at = clock_timestamp() where singleton;
select pg_temp.fail('b', 5000);
select results_eq('select * from pg_temp.state()', 'values (20, 5)', 'a shorter wait shortens nothing');
select pg_temp.fail('c', 40000);
select results_eq('select * from pg_temp.state()', 'values (40, 5)', 'a longer one counts, the pace is halved once');

-- TEST: one that comes later
update private.provider_state
set concurrency_changed_at = clock_timestamp() - interval '6 seconds' where singleton;
select pg_temp.fail('d', null);
select results_eq('select * from pg_temp.state()', 'values (40, 2)', 'it is halved again');

-- TEST: the bounds
update private.provider_state
set concurrency_limit = 1, concurrency_changed_at = clock_timestamp(), rate_paused_until = null where singleton;
select is(tests.claim(), 1, 'when the wait is over it goes on');
update private.provider_state set concurrency_changed_at = '-infinity' where singleton;
select tests.fail(g, 'rate') from private.generation_attempts as a
join public.generations as g on g.id = a.generation_id and a.finished_at is null;
select is((select p.concurrency_limit from private.provider_state as p), 1, 'the pace is never below one');
select isnt((select p.rate_paused_until from private.provider_state as p), null, 'and claims are held for a moment');
select is((select p.pause_kind from private.provider_state as p), null, 'submissions go on');

select * from finish();
rollback;
