-- A message that becomes visible too early does not start the job a second time.
begin;
select plan(5);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
select pgmq.set_vt('generations', (tests.generation('a')).message_id, 0);

-- TEST: the attempt is running
select is(tests.claim(), 0, 'it is not handed out');
select is((tests.generation('a')).attempt, 1, 'the fence stands');
select ok(
  (tests.message(tests.generation('a'))).vt - clock_timestamp() between interval '0' and interval '6 seconds',
  'the message is hidden for a while'
);

-- TEST: nor while its lease has run out but nobody has ended it
select tests.end_lease(tests.generation('a'));
select pgmq.set_vt('generations', (tests.generation('a')).message_id, 0);
select is(tests.claim(), 0, 'ending it is the sweep''s business');
select tests.as_owner();
select private.expire_lease((tests.generation('a')).id, 1);
select is(tests.claim(), 1, 'then it is handed out');

select * from finish();
rollback;
