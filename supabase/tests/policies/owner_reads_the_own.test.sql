-- The Data API shows a user the own rows, every column of them.
begin;
select plan(7);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
select tests.start(tests.user_id(1), 'finished', 'low');
select tests.complete(tests.generation('finished'));
select tests.submit(tests.user_id(1), 'waiting', 'low');
select tests.submit(tests.user_id(2), 'of another', 'low');
select tests.authenticate_as(tests.user_id(1));

-- TEST: users
select results_eq(
  'select u.telegram_id, u.credits from public.users as u', 'values (1::bigint, 18)', 'the own row and no other'
);
select lives_ok('select * from public.users', 'select * works');

-- TEST: generations
select set_eq('select g.prompt from public.generations as g', array['finished', 'waiting'], 'the own and no other');
select lives_ok('select * from public.generations', 'select * works');

-- TEST: credit_ledger
select results_eq(
  'select l.kind, l.delta from public.credit_ledger as l order by l.id',
  $$ values ('signup', 20), ('generation', -1), ('generation', -1) $$, 'the own entries and no other'
);
select lives_ok('select * from public.credit_ledger', 'select * works');

-- TEST: what the user removed
select tests.as_service();
select public.delete_generation(tests.user_id(1), null, (tests.generation('finished')).id);
select tests.authenticate_as(tests.user_id(1));
select set_eq('select g.prompt from public.generations as g', array['waiting'], 'a removed one is hidden');

select * from finish();
rollback;
