-- What the operator reads in the dashboard.
begin;
select plan(12);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select tests.create_user(42);
update private.settings set max_concurrent = 10;
select tests.start(tests.user_id(42), 'good', 'medium');
select public.complete_generation(
  (tests.generation('good')).id, 1, 'https://bucket.test/a.png', model => 'm', latency_ms => 100, usage => '{"total_tokens": 5}');
select tests.start(tests.user_id(42), 'bad', 'high');
select tests.fail(tests.generation('bad'), 'permanent', 'invalid_prompt');
select tests.start(tests.user_id(42), 'running', 'low');
select tests.submit(tests.user_id(42), 'waiting', 'low');

-- TEST: admin.users
select results_eq(
  'select u.telegram_id, u.credits, u.completed, u.failed, u.unfinished, u.credits_spent from admin.users as u',
  'values (42::bigint, 14, 1::bigint, 1::bigint, 2::bigint, 6::bigint)', 'a user with what came of it'
);

-- TEST: admin.queue_health
select is((select count(*) from admin.queue_health)::integer, 1, 'health is one row');
select results_eq(
  'select h.waiting, h.processing, h.in_flight, h.concurrency_limit, h.messages, h.dead_letters, h.expired_leases
    from admin.queue_health as h',
  'values (1::bigint, 1::bigint, 1, 10, 2::bigint, 1::bigint, 0::bigint)', 'what waits and runs'
);
select is((select h.webhook_configured from admin.queue_health as h), false, 'it tells that the secrets are missing');
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('secret', 'worker_secret');
select is((select h.webhook_configured from admin.queue_health as h), true, 'and that they are there');
select tests.end_lease(tests.generation('running'));
select is((select h.expired_leases from admin.queue_health as h)::integer, 1, 'a dead worker shows');
select admin.pause('maintenance');
select is((select h.pause_note from admin.queue_health as h), 'maintenance', 'a pause shows');
select lives_ok('select h.last_sweep, h.last_claim, h.last_ring from admin.queue_health as h');

-- TEST: admin.daily_usage
select results_eq(
  'select d.day, d.submitted, d.completed, d.failed, d.cancelled, d.users from admin.daily_usage as d',
  $$ values ((now() at time zone 'utc')::date, 4::bigint, 1::bigint, 1::bigint, 0::bigint, 1::bigint) $$, 'a day in numbers'
);
select results_eq(
  'select d.credits_debited, d.credits_refunded from admin.daily_usage as d', 'values (21::bigint, 15::bigint)', 'in credits'
);
select results_eq(
  'select d.provider_calls, d.failed_attempts, d.median_latency_ms, d.total_tokens from admin.daily_usage as d',
  'values (1::bigint, 1::bigint, 100::double precision, 5::numeric)', 'at the provider'
);
select is_empty('select * from admin.ledger_violations', 'and no violation');

select * from finish();
rollback;
