-- Missing funds fail every job: the provider is paused, and the job keeps its attempt and its place.
begin;
select plan(12);

-- SETUP
select tests.create_user(1);
update private.settings set max_attempts = 1;
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
select tests.start(tests.user_id(1), 'b');
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

-- TEST: the first refusal
select is(
  public.fail_generation((tests.generation('a')).id, 1, 'money', 'provider_unavailable', 'no funds', 60000),
  '{"outcome": "requeued", "status": "PROCESSING", "retry_in_ms": 0}'::jsonb, 'the job waits for the pause alone'
);
select is(pg_temp.pause_seconds(), 30, 'the pause is 30 s');
select results_eq(
  $$ select p.pause_kind, p.pause_note from private.provider_state as p $$,
  $$ values ('money', 'no funds') $$, 'it says why'
);
select is(private.spent_attempts((tests.generation('a')).id), 0, 'the attempt is not spent');

-- TEST: refused together is one pause
select is(tests.fail(tests.generation('b'), 'money'), 'requeued');
select is(pg_temp.pause_seconds(), 30, 'it is not doubled by calls of the same moment');

-- TEST: probes that are refused
select is(pg_temp.time_passes(), 1, 'one job probes');
select tests.fail(tests.generation('a'), 'money');
select is(pg_temp.pause_seconds(), 60, 'the next pause is twice as long');
update private.provider_state set pause_count = 9 where singleton;
select pg_temp.time_passes();
select tests.fail(g, 'money') from public.generations as g
where g.attempt = (select max(m.attempt) from public.generations as m);
select is(pg_temp.pause_seconds(), 900, 'at most 15 minutes');

-- TEST: nobody paid
select throws_ok($$ select tests.submit(tests.user_id(1)) $$, 'PX503');
select is(tests.credits(1), 12, 'the two keep their credits');
select is_empty($$ select from public.generations as g where g.status <> 'PROCESSING' $$, 'and their hope');

select * from finish();
rollback;
