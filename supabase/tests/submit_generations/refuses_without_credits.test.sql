-- Credits are checked and debited in one step, to the last one.
begin;
select plan(7);

-- SETUP
select tests.create_user(1, credits => 4);
select tests.create_user(2, credits => 3);
select tests.create_user(3, credits => 0);
select tests.as_service();

-- TEST: too few
select throws_ok(
  $$ select tests.submit(tests.user_id(2), 'too dear') $$,
  'PX402', 'Not enough credits: this image costs 4, the balance is 3', 'one credit short is refused'
);
select throws_ok($$ select tests.submit(tests.user_id(3), 'for nothing', 'low') $$, 'PX402');
select is(tests.credits(2), 3, 'a refusal debits nothing');
select is_empty(
  $$ select from public.generations $$, 'a refusal leaves no row'
);
select is_empty($$ select from pgmq.q_generations $$, 'a refusal leaves no message');

-- TEST: exactly enough
select lives_ok($$ select tests.submit(tests.user_id(1), 'the last credits') $$, 'the exact price is accepted');
select is(tests.credits(1), 0, 'and leaves nothing');

select * from finish();
rollback;
