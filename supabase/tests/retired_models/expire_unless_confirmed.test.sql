-- A retirement lasts an hour, or as long as the provider's list confirms it; a probe asks every model.
begin;
select plan(10);

-- SETUP
select public.retire_model('a', 2);
select public.retire_model('b', 1);
create function pg_temp.time_passes() returns void language sql as $$
  update private.provider_models as m set retired_at = m.retired_at - interval '61 minutes' where m.retired_at is not null
$$;

-- TEST: an hour
select is(private.retired_models(), array['a', 'b'], 'they are left out');
select public.record_models('[{"model": "a", "is_listed": true, "shutdown_date": null},
  {"model": "b", "is_listed": false, "shutdown_date": "2026-01-31"}, {"model": "c", "is_listed": true, "shutdown_date": null}]');
select pg_temp.time_passes();
select is(private.retired_models(), array['b'], 'one that is still listed is asked again');
select public.record_models('[{"model": "b", "is_listed": true, "shutdown_date": "2026-01-31"}]');
select is(private.retired_models(), '{}'::text[], 'the other when it is listed again');

-- TEST: the last one gone pauses; the probe asks all
select public.retire_model('a', 0);
select is((select p.pause_kind from private.provider_state as p), 'money', 'none left pauses the service');
select is(private.retired_models(), array['a'], 'while it lasts nothing is asked');
update private.provider_state set paused_until = clock_timestamp() - interval '1 second' where singleton;
select is(private.retired_models(), '{}'::text[], 'the probe asks every model');

-- TEST: what the operator sees
select ok(
  (select h.models @> '[{"model": "b", "shutdown_date": "2026-01-31"}]' from admin.queue_health as h), 'the dates of shutdown');
select is((select h.model_warning from admin.queue_health as h), 'b ends on 2026-01-31', 'and a warning sixty days ahead');

-- TEST: once a day
select is(array[public.claim_model_check(), public.claim_model_check()], array[true, false], 'one worker asks');
update private.provider_state set models_checked_at = clock_timestamp() - interval '25 hours' where singleton;
select is(public.claim_model_check(), true, 'and one the next day');

select * from finish();
rollback;
