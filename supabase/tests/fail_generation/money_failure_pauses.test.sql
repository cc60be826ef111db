-- Missing funds fail every job: the provider is paused, the job keeps its attempt, and another one probes.
begin;
select plan(25);

-- SETUP
select tests.create_user(n) from generate_series(1, 5) as n;
update private.settings set max_attempts = 1;
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
select tests.start(tests.user_id(2), 'b');
select tests.start(tests.user_id(3), 'running');
-- Its picture is generated and being stored: it holds no slot, and a probe has the one there is.
select public.claim_generations(tests.worker_id(), 0, jsonb_build_array(
  jsonb_build_object('generation_id', (tests.generation('running')).id, 'attempt', 1)));
select tests.submit(tests.user_id(4), 'c');
select tests.submit(tests.user_id(5), 'd');
-- In steps of ten seconds: however slow the machine.
create function pg_temp.pause_seconds() returns integer language sql as $$
  select ceil(extract(epoch from p.paused_until - clock_timestamp()) / 10) * 10 from private.provider_state as p
$$;
create function pg_temp.time_passes() returns integer language plpgsql as $$
begin
  update private.provider_state set paused_until = clock_timestamp() - interval '1 second' where singleton;
  return tests.claim();
end;
$$;
-- How long after the pause the message comes back: five seconds, and up to a second by rounding.
create function pg_temp.comes_after_the_pause(prompt text) returns boolean language sql as $$
  select (tests.message(tests.generation(prompt))).vt - p.paused_until between interval '5 seconds' and interval '7 seconds'
  from private.provider_state as p
$$;
create function pg_temp.claimable() returns setof text language sql as $$
  select g.prompt from public.generations as g
  where (tests.message(g)).vt <= clock_timestamp()
$$;

-- TEST: the first refusal
select is(
  public.fail_generation((tests.generation('a')).id, 1, 'money', 'provider_unavailable', 'no funds', 60000),
  '{"outcome": "requeued", "status": "PROCESSING", "retry_in_ms": 35000}'::jsonb,
  'the job waits for the pause, and five seconds more'
);
select is(pg_temp.pause_seconds(), 30, 'the pause is 30 s');
select ok(pg_temp.comes_after_the_pause('a'), 'its message is hidden as long');
select results_eq(
  $$ select p.pause_kind, p.pause_note from private.provider_state as p $$,
  $$ values ('money', 'no funds') $$, 'it says why'
);
select is(private.count_failed_attempts((tests.generation('a')).id), 0, 'the attempt is not spent');

-- TEST: refused together is one pause
select is(tests.fail(tests.generation('b'), 'money'), 'requeued');
select is(pg_temp.pause_seconds(), 30, 'it is not doubled by calls of the same moment');
select ok(pg_temp.comes_after_the_pause('b'), 'it waits for the same end');
select is(tests.claim(), 0, 'nobody starts meanwhile');

-- TEST: probes that are refused
select is(pg_temp.time_passes(), 1, 'one job probes');
select is((tests.generation('c')).status, 'PROCESSING', 'one that was not refused yet');
select is(
  public.fail_generation((tests.generation('c')).id, 1, 'money', 'provider_unavailable', 'no funds') -> 'retry_in_ms',
  '65000'::jsonb, 'it waits for the next pause'
);
select is(pg_temp.pause_seconds(), 60, 'which is twice as long');
select ok(pg_temp.comes_after_the_pause('c'), 'and hidden as long');
update private.provider_state set pause_count = 9 where singleton;
select is(pg_temp.time_passes(), 1, 'again one job probes');
select is(
  public.fail_generation((tests.generation('d')).id, 1, 'money', 'provider_unavailable', 'no funds') -> 'retry_in_ms',
  '905000'::jsonb, 'another one'
);
select is(pg_temp.pause_seconds(), 900, 'at most 15 minutes');

-- TEST: nobody paid
select throws_ok($$ select tests.submit(tests.user_id(1)) $$, 'PX503');
select is(array(select tests.credits(n) from generate_series(1, 5) as n), array[16, 16, 16, 16, 16], 'all keep their credits');
select is_empty($$ select from public.generations as g where g.status <> 'PROCESSING' $$, 'and their hope');

-- TEST: funds are back
select is_empty('select pg_temp.claimable()', 'all are hidden');
select tests.as_owner();
select admin.resume('funds are back');
select set_eq('select pg_temp.claimable()', array['a', 'b', 'c', 'd'], 'resumed, all come at once, but for the one that is generated');
select is(tests.claim(), 4, 'and can be claimed');

-- TEST: under the operator's pause
select admin.pause('maintenance');
select is(
  public.fail_generation((tests.generation('a')).id, 2, 'money', 'provider_unavailable', 'no funds') -> 'retry_in_ms',
  '0'::jsonb, 'which has no end, nothing else is waited for'
);
select is((select p.pause_kind from private.provider_state as p), 'operator', 'it stays the operator''s');

select * from finish();
rollback;
