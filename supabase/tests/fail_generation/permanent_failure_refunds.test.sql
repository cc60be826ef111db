-- What will never succeed ends at once, with the credits back.
begin;
select plan(16);

-- SETUP
select tests.create_user(1);
update private.settings set per_user_concurrency = 1;
select tests.as_service();
select tests.start(tests.user_id(1), 'a', 'high');
select tests.submit(tests.user_id(1), 'next', 'medium');

-- TEST: the end
select is(
  public.fail_generation((tests.generation('a')).id, 1, 'permanent', 'invalid_prompt', 'the provider said no', model => 'm', latency_ms => 5),
  '{"outcome": "failed", "status": "FAILED"}'::jsonb
);
select results_eq(
  $$ select (g).status, (g).error_code, (g).public_url, (g).message_id from tests.generation('a') as g $$,
  $$ values ('FAILED', 'invalid_prompt', null::text, null::bigint) $$, 'the row says why'
);
select is(tests.credits(1), 16, 'the credits are back (20 - 4)');
select results_eq(
  $$ select l.delta, l.note from public.credit_ledger as l where l.kind = 'refund' $$,
  $$ values (15, 'invalid_prompt') $$, 'the ledger says so, without the provider''s words'
);
select results_eq(
  $$ select a.outcome, a.error_code, a.error_message, a.model, a.latency_ms from private.generation_attempts as a $$,
  $$ values ('permanent', 'invalid_prompt', 'the provider said no', 'm', 5) $$, 'the attempt has its outcome'
);
select results_eq(
  $$ select d.message from pgmq.a_generations as d $$,
  $$ select jsonb_build_object('generation_id', (tests.generation('a')).id,
    'error_code', 'invalid_prompt', 'reason', 'the provider said no') $$, 'the archive has a dead letter'
);
select is((select count(*) from pgmq.q_generations)::integer, 1, 'the user''s next one was sent');

-- TEST: moderation is no fault
select tests.claim();
select is(tests.fail(tests.generation('next'), 'permanent', 'moderation_blocked'), 'failed');
select is((select count(*) from pgmq.a_generations)::integer, 1, 'and leaves no dead letter');
select is(tests.credits(1), 20, 'all credits are back');
select is(
  (select l.note from public.credit_ledger as l where l.kind = 'refund' and l.generation_id = (tests.generation('next')).id),
  'moderation_blocked', 'the ledger says why'
);
select is_empty('select from private.object_deletions', 'what the provider refused left no picture');

-- TEST: what may have left a picture
select tests.start(tests.user_id(1), 'stored', 'low');
select is(tests.fail(tests.generation('stored'), 'permanent', 'internal'), 'failed');
select set_eq(
  'select d.object_key from private.object_deletions as d',
  $$ select private.object_key(tests.generation('stored')) $$, 'it is to be removed'
);
select is(tests.credits(1), 20, 'nobody paid for it');
select tests.as_owner();
select is_empty('select * from admin.ledger_violations', 'the ledger agrees');

select * from finish();
rollback;
