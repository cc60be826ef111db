-- The row is the truth: a message that does not belong to a waiting row starts nothing and goes away.
begin;
select plan(8);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select pgmq.send('generations', message) from unnest(array[
  '{}', '[]', '"text"', '{"generation_id": null}', '{"generation_id": "no uuid"}',
  '{"generation_id": "------------------------------------"}',
  '{"generation_id": "00000000-0000-4000-8000-000000000000"}'
]::jsonb[]) as message;
select tests.submit(tests.user_id(1), 'a');
-- A second message of the same row, as a repair beside a slow transaction would leave.
select private.send_generation((tests.generation('a')).id);

-- TEST: among them
select is((select count(*) from pgmq.q_generations)::integer, 9, 'the queue holds them all');
select is(tests.claim(), 1, 'the one job is found');
select is((tests.generation('a')).attempt, 1, 'and started once');
select results_eq(
  $$ select q.msg_id from pgmq.q_generations as q $$, $$ select (tests.generation('a')).message_id $$,
  'the rest is gone'
);

-- TEST: a second message while the first waits for its backoff
select tests.fail(tests.generation('a'), 'transient');
select pgmq.set_vt('generations', (tests.generation('a')).message_id, 600);
select private.send_generation((tests.generation('a')).id);
select is(tests.claim(), 0, 'it does not cut the wait short');
select pgmq.set_vt('generations', (tests.generation('a')).message_id, 0);
select is(tests.claim(), 1, 'the first one is in force');

-- TEST: the message of a finished row
select tests.complete(tests.generation('a'));
select private.send_generation((tests.generation('a')).id);
select is(tests.claim(), 0, 'it starts nothing');
select is_empty($$ select from pgmq.q_generations $$, 'and goes away');

select * from finish();
rollback;
