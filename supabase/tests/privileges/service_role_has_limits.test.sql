-- The functions' key is strong, but it makes no money and covers no tracks.
begin;
select plan(18);

-- SETUP
select tests.create_user(1);
select tests.submit(tests.user_id(1), 'mine', 'low');
select tests.as_service();

-- TEST: what it may not
select throws_ok(statement, '42501', null, statement) from unnest(array[
  'update public.users set credits = 1000',
  'insert into public.users (first_name, credits) values (''x'', 1000)',
  'update public.users set telegram_id = 7',
  'delete from public.users',
  'update public.credit_ledger set delta = 1000',
  'delete from public.credit_ledger',
  'truncate public.credit_ledger',
  'delete from public.generations',
  'update public.generations set cost = 0',
  'update private.settings set max_concurrent = 1000',
  'update public.prices set credits = 0',
  'delete from private.generation_attempts',
  'select from private.admin_actions',
  'insert into private.admin_actions (action) values (''x'')',
  'select * from admin.users',
  'select admin.grant_credits(1, 1000, ''x'')',
  'select private.sweep()',
  'select * from cron.job'
]) as statement;

select * from finish();
rollback;
