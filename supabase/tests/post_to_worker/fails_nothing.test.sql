-- What rings the worker never fails what is done: the failure is seen, and the sweep rings again.
begin;
select plan(9);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('the secret', 'worker_secret');
select tests.create_user(n) from generate_series(1, 2) as n;
-- As pg_net before 0.14 does while its worker is down.
create function pg_temp.refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the pg_net background worker must be up when doing requests';
end;
$$;
create trigger refuse before insert on net.http_request_queue for each row execute function pg_temp.refuse();

-- TEST: every transition that rings
select tests.as_service();
select lives_ok($$ select tests.submit(tests.user_id(1), 'a') $$, 'a submission is accepted');
select lives_ok(
  $$ select public.delete_generation(tests.user_id(1), null, (tests.generation('a')).id) $$, 'and cancelled'
);
select lives_ok($$ select tests.start(tests.user_id(1), 'b') $$, 'a claim claims');
select tests.as_owner();
select lives_ok($$ update private.settings set max_concurrent = 20 $$, 'a setting is changed');
select lives_ok($$ select admin.resume() $$, 'the operator resumes');
select is(private.sweep() - '{expired,lost,repaired}'::text[], '{"rung": false}'::jsonb, 'no step of the sweep fails');

-- TEST: it is seen
select is(
  (select h.last_ring_error from admin.queue_health as h),
  'the pg_net background worker must be up when doing requests', 'the operator sees why'
);

-- TEST: and heals
create or replace function pg_temp.refuse() returns trigger language plpgsql as $$
begin
  return new;
end;
$$;
select tests.submit(tests.user_id(2), 'c');
select is(private.wake_for_waiting(), true, 'the sweep rings as soon as it can');
select is((select h.last_ring_error from admin.queue_health as h), null, 'and the error is gone');

select * from finish();
rollback;
