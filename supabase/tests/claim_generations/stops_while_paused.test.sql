-- While the provider is paused nothing starts, and workers know when to come again.
begin;
select plan(9);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
select tests.as_service();
select tests.submit(tests.user_id(1), 'a');
select tests.submit(tests.user_id(2), 'b');
select tests.as_owner();
-- In steps of five seconds: however slow the machine.
create function tests.retry_after_seconds() returns integer language sql as $$
  select ceil((public.claim_generations(tests.worker_id(), 1) ->> 'retry_after_ms')::integer / 5000.0) * 5
$$;

-- TEST: the operator's pause
select admin.pause('test');
select is(tests.claim(), 0, 'nothing starts');
select is(tests.retry_after_seconds(), 3600, 'an endless pause is looked at again in an hour');
select admin.resume();

-- TEST: a provider that asks to wait
update private.provider_state set rate_paused_until = clock_timestamp() + interval '20 seconds';
select is(tests.claim(), 0, 'nothing starts before Retry-After');
select is(tests.retry_after_seconds(), 20, 'workers come then');
update private.provider_state set rate_paused_until = clock_timestamp() - interval '1 second';
select is(tests.retry_after_seconds(), null, 'a wait that is over holds nothing back');
select tests.fail(tests.generation('a'), 'released');

-- TEST: missing funds, and one probe
update private.provider_state set paused_until = clock_timestamp() + interval '30 seconds', pause_kind = 'money';
select is(tests.claim(), 0, 'nothing starts');
update private.provider_state set paused_until = clock_timestamp() - interval '1 second';
select is(tests.claim(), 1, 'one probes when the time is over');
select is(tests.claim(), 0, 'and no second beside it');
select tests.complete(g) from public.generations as g
where exists (
  select from private.generation_attempts as a where a.generation_id = g.id and a.finished_at is null);
select is(tests.claim(), 1, 'its success opens the gate');

select * from finish();
rollback;
