-- public.read_metrics(): what GET /worker/metrics is made of.
begin;
select plan(15);

-- SETUP
create function pg_temp.gauge(name text) returns text language sql as $$
  select public.read_metrics() -> 'gauges' ->> gauge.name
$$;
create function pg_temp.counter(metric text, label text) returns bigint language sql as $$
  select (c ->> 'total')::bigint from jsonb_array_elements(public.read_metrics() -> 'counters') as c
  where c ->> 'metric' = counter.metric and c ->> 'label' = counter.label
$$;
select tests.create_user(42);
select tests.start(tests.user_id(42), 'good', 'medium');
select public.complete_generation((tests.generation('good')).id, 1, 'https://bucket.test/a.png', latency_ms => 15000);
select tests.start(tests.user_id(42), 'bad', 'low');
select tests.fail(tests.generation('bad'), 'permanent', 'invalid_prompt');
select tests.start(tests.user_id(42), 'running', 'low');
select tests.submit(tests.user_id(42), 'waiting', 'low');

-- TEST: gauges
select is(pg_temp.gauge('generations_pending'), '1', 'what waits');
select is(pg_temp.gauge('in_flight'), '1', 'what is at the provider');
select ok(pg_temp.gauge('oldest_pending_seconds')::numeric >= 0, 'how long the oldest has waited');
select is(pg_temp.gauge('pause_kind'), null, 'no pause');
select is(pg_temp.gauge('ledger_violations'), null, 'what was never checked is not told');
select admin.pause('maintenance');
select is(pg_temp.gauge('pause_kind'), 'operator', 'a pause by its kind');
select is(private.check_ledger(), 0, 'the ledger is checked apart');
select is(pg_temp.gauge('ledger_violations'), '0', 'and the number is told');

-- TEST: counters
select is(pg_temp.counter('attempts', 'completed'), 1::bigint, 'attempts by outcome');
select is(pg_temp.counter('provider_calls', '15000'), 1::bigint, 'a call in the bucket whose bound it meets');
select is(pg_temp.counter('credits_added', 'refund'), 1::bigint, 'refunds in credits');
select tests.as_service();
select public.count_events('[{"metric": "refusals", "label": "rate_limited", "total": 3},
  {"metric": "refusals", "label": "rate_limited", "total": 2}, {"metric": "attempts", "label": "completed", "total": 9},
  {"metric": "cold_starts", "label": "auth", "total": -1}]');
select lives_ok('select public.read_metrics()', 'the functions may read it');
select tests.as_owner();
select is(pg_temp.counter('refusals', 'rate_limited'), 5::bigint, 'what the functions counted');
select is(pg_temp.counter('attempts', 'completed'), 1::bigint, 'who can count nothing else');
select is(pg_temp.counter('cold_starts', 'auth'), null, 'nor backwards');

select * from finish();
rollback;
