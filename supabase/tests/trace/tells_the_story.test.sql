-- admin.trace(): one generation's story, in order.
begin;
select plan(13);

-- SETUP
select tests.create_user(42);
update private.settings set max_attempts = 2, bot_message_after_seconds = 60;
update public.users set allows_write_to_pm = true;
create function pg_temp.events(prompt text) returns text[] language sql as $$
  select array_agg(t.event) from admin.trace(generation_id => (tests.generation(prompt)).id) as t
$$;
create function pg_temp.told(prompt text, event text) returns jsonb language sql as $$
  select t.detail from admin.trace(generation_id => (tests.generation(prompt)).id) as t
  where t.event = told.event order by t.at desc limit 1
$$;

-- TEST: a failure, from the request to its refund
select tests.submit_raw(tests.submission(tests.user_id(42), 'fails', changes => '{"request_id": "req-42"}'));
select is((tests.generation('fails')).request_id, 'req-42', 'the row has the id of the request');
select tests.claim();
select tests.fail(tests.generation('fails'));
update pgmq.q_generations set vt = now();
select tests.claim();
select public.fail_generation(
  (tests.generation('fails')).id, 2, 'transient', 'provider_timeout', 'No picture within 5 ms',
  model => 'm', maybe_billed => true, provider_request_id => 'req_openai');
select is(
  -- All else bears the time when this transaction began.
  (select array_agg(e.event) from admin.trace((tests.generation('fails')).id) as e where e.elapsed >= '0'),
  array['submitted', 'queued', 'claimed', 'attempt ended: transient', 'claimed', 'attempt ended: transient', 'FAILED'],
  'what happened, in order'
);
select ok(
  pg_temp.events('fails') @> array['credits generation', 'credits refund', 'removal of the picture asked for'],
  'what it cost, and what came back'
);
select is(pg_temp.told('fails', 'submitted') ->> 'request_id', 'req-42', 'its request');
select is(
  pg_temp.told('fails', 'attempt ended: transient') - array['latency_ms'],
  '{"attempt": 2, "error_code": "provider_timeout", "error_message": "No picture within 5 ms", "model": "m",
    "provider_request_id": "req_openai", "maybe_billed": true}', 'each attempt with the provider''s request id'
);
select is(pg_temp.told('fails', 'FAILED') ->> 'reason', 'No picture within 5 ms', 'why it failed');
select is(
  pg_temp.told('fails', 'broadcast') - 'version', '{"status": "FAILED"}', 'what its owner was told'
);

-- TEST: one that waits, and one that is finished
select tests.submit(tests.user_id(42), 'waits', 'low');
select is(
  (select pg_temp.told('waits', 'now PENDING') -> 'queue' ->> 'position'), '1', 'an unfinished one tells its place'
);
select admin.pause('maintenance');
select is(pg_temp.told('waits', 'now PENDING') ->> 'paused', 'operator', 'and what is paused');
select admin.resume();
select tests.claim();
select tests.complete(tests.generation('waits'));
select admin.refund_generation((tests.generation('waits')).id, 'blank');
select ok(
  pg_temp.events('waits') @> array['attempt ended: completed', 'bot message planned', 'COMPLETED',
    'admin.refund_generation', 'credits goodwill'], 'delivery, and what an operator did'
);
insert into net._http_response (id, status_code, timed_out, created)
values (1, 401, false, (tests.generation('waits')).queued_at);
select is(pg_temp.told('waits', 'ring answered'), '{"status": 401}', 'what answered a ring before it started');

-- TEST: refusals
select throws_ok(
  $$ select * from admin.trace(generation_id => '00000000-0000-4000-8000-000000000009') $$,
  'PX004', 'No generation has the id 00000000-0000-4000-8000-000000000009'
);
select tests.as_service();
select throws_ok($$ select * from admin.trace(gen_random_uuid()) $$, '42501');

select * from finish();
rollback;
