-- The ledger is append-only, and a balance is the sum of it.
begin;
select plan(15);

-- SETUP
select tests.create_user(1, credits => 10);
select tests.submit(tests.user_id(1), 'a', 'low');

-- TEST: entries move the balance
select is(tests.credits(1), 9, 'a debit took its credit');
insert into public.credit_ledger (user_id, delta, kind, note) values (tests.user_id(1), 5, 'grant', 'x');
select is(tests.credits(1), 14, 'a grant gave its own');
select throws_ok(
  $$ insert into public.credit_ledger (user_id, delta, kind, note) values (tests.user_id(1), -15, 'grant', 'x') $$,
  '23514', null, 'no balance goes below zero'
);
select is((select sum(l.delta) from public.credit_ledger as l)::integer, 14, 'the refused entry is not there');

-- TEST: append-only, for the owner too
select throws_ok('update public.credit_ledger set delta = 1', 'PX001', 'Cannot update public.credit_ledger: it is append-only');
select throws_ok('delete from public.credit_ledger', 'PX001', 'Cannot delete public.credit_ledger: it is append-only');
select throws_ok('truncate public.credit_ledger', 'PX001', 'Cannot truncate public.credit_ledger: it is append-only');
select throws_ok('delete from public.users', '23503', null, 'a user with entries cannot be deleted');

-- TEST: each kind once a generation, with its sign
create function pg_temp.enter(delta integer, kind text) returns void language sql as $$
  insert into public.credit_ledger (user_id, delta, kind, generation_id)
  values (tests.user_id(1), delta, kind, (tests.generation('a')).id)
$$;
select throws_ok($$ select pg_temp.enter(-1, 'generation') $$, '23505', null, 'a second debit');
select lives_ok($$ select pg_temp.enter(1, 'refund') $$);
select throws_ok($$ select pg_temp.enter(1, 'refund') $$, '23505', null, 'a second refund');
select throws_ok($$ select pg_temp.enter(-1, 'goodwill') $$, '23514', null, 'goodwill that takes');
select throws_ok($$ select pg_temp.enter(1, 'grant') $$, '23514', null, 'a grant for a generation');
select throws_ok($$ select pg_temp.enter(1, 'gift') $$, '23514', null, 'an unknown kind');
select throws_ok(
  $$ insert into public.credit_ledger (user_id, delta, kind) values (tests.user_id(1), 1, 'refund') $$,
  '23514', null, 'a refund for nothing'
);

select * from finish();
rollback;
