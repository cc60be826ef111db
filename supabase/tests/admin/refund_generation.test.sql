-- select admin.refund_generation(generation_id => '...', note => 'picture was blank');
begin;
select plan(11);

-- SETUP
select tests.create_user(1);
select tests.start(tests.user_id(1), 'good', 'high');
select tests.complete(tests.generation('good'));
select tests.start(tests.user_id(1), 'bad', 'low');
select tests.fail(tests.generation('bad'), 'permanent', 'invalid_prompt');
select tests.submit(tests.user_id(1), 'waiting', 'low');
create function pg_temp.refund(prompt text) returns integer language sql as $$
  select admin.refund_generation(generation_id => (tests.generation(prompt)).id, note => 'blank')
$$;

-- TEST: a finished picture
select is(pg_temp.refund('good'), 19, 'it tells the new balance');
select results_eq(
  $$ select l.kind, l.delta, l.note from public.credit_ledger as l where l.kind = 'goodwill' $$,
  $$ values ('goodwill', 15, null::text) $$, 'as a kind of its own'
);
select is((tests.generation('good')).status, 'COMPLETED', 'the user keeps the picture');
select is_empty('select * from admin.ledger_violations', 'and the ledger agrees');

-- TEST: refusals
select throws_ok($$ select pg_temp.refund('good') $$, 'PX003', null, 'a second time');
select throws_ok($$ select pg_temp.refund('bad') $$, 'PX003', null, 'what was refunded by itself');
select throws_ok($$ select pg_temp.refund('waiting') $$, 'PX003', null, 'what has not ended');
select throws_ok($$ select admin.refund_generation(gen_random_uuid(), 'x') $$, 'PX004', null, 'an unknown one');
select throws_ok(
  $$ select admin.refund_generation((tests.generation('good')).id, null) $$, 'PX003', null, 'without a note'
);
select is(tests.credits(1), 19, 'none of them pays');
select is((select count(*) from private.admin_actions)::integer, 1, 'the one act is audited');

select * from finish();
rollback;
