-- The rows are the truth: the queue is made to agree with them.
begin;
select plan(12);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
update private.settings set per_user_concurrency = 1;
select tests.start(tests.user_id(2), 'generated', 'low');
select tests.submit(tests.user_id(1), 'a', 'low');
select tests.submit(tests.user_id(1), 'waits', 'low');

-- TEST: nothing is broken
select is(private.repair_queue(100), 0, 'nothing is repaired');
select is((select count(*) from pgmq.q_generations)::integer, 2, 'the lane stays as wide as it was');

-- TEST: lost messages
delete from pgmq.q_generations where true;
select is(private.repair_queue(100), 2, 'both are sent again');
select is(
  (tests.message(tests.generation('a'))).message ->> 'generation_id', (tests.generation('a')).id::text, 'for the waiting'
);
select isnt(tests.message(tests.generation('generated')), null, 'and for the generated one');
select is((tests.generation('waits')).message_id, null, 'the lane is kept');
select is(private.repair_queue(100), 0, 'once is enough');

-- TEST: a lane that stands still
select pgmq.delete('generations', (tests.generation('a')).message_id);
update public.generations set message_id = null where prompt = 'a';
select is(private.repair_queue(100), 1, 'the oldest is sent');
select isnt((tests.generation('a')).message_id, null, 'not a younger one');

-- TEST: messages without a row
select pgmq.send('generations', '{"generation_id": "00000000-0000-4000-8000-000000000000"}');
select private.send_generation((tests.generation('a')).id);
select is(private.repair_queue(100), 2, 'they are deleted');
select is((select count(*) from pgmq.q_generations)::integer, 2, 'the others stay');
select is(tests.credits(1) + tests.credits(2), 37, 'no credits move');

select * from finish();
rollback;
