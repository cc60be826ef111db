-- The probe after a money pause opens the gate, but only if the provider was really asked.
begin;
select plan(6);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'found stored');
select tests.start(tests.user_id(1), 'generated');
create function pg_temp.pause(until interval, kind text) returns void language sql as $$
  update private.provider_state
  set paused_until = clock_timestamp() + until, pause_kind = kind, pause_note = 'no funds', pause_count = 2
  where singleton
$$;
select pg_temp.pause('-1 second', 'money');

-- TEST: no proof
select is(
  public.complete_generation(
    (tests.generation('found stored')).id, 1, 'https://bucket.test/a.png', recovered => true) ->> 'outcome',
  'completed'
);
select is((select a.outcome from private.generation_attempts as a where a.finished_at is not null), 'recovered');
select is((select p.pause_kind from private.provider_state as p), 'money', 'a picture found stored proves nothing');

-- TEST: proof
select tests.complete(tests.generation('generated'));
select results_eq(
  $$ select p.paused_until, p.pause_kind, p.pause_note, p.pause_count from private.provider_state as p $$,
  $$ values (null::timestamptz, null::text, null::text, 0) $$, 'a generated picture ends the pause'
);

-- TEST: pauses that hold
select tests.start(tests.user_id(1), 'during');
select pg_temp.pause('1 minute', 'money');
select tests.complete(tests.generation('during'));
select is((select p.pause_kind from private.provider_state as p), 'money', 'one that was begun before it does not');
update private.provider_state set paused_until = null, pause_kind = null where singleton;
select tests.start(tests.user_id(1), 'under the operator');
select pg_temp.pause('infinity', 'operator');
select tests.complete(tests.generation('under the operator'));
select is((select p.pause_kind from private.provider_state as p), 'operator', 'nor does it end the operator''s');

select * from finish();
rollback;
