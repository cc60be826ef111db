-- An edit by hand does not go unnoticed.
begin;
select plan(12);

-- SETUP
select tests.create_user(1, credits => 100);
select tests.create_user(2);
select tests.start(tests.user_id(1), 'completed');
select tests.complete(tests.generation('completed'));
select tests.start(tests.user_id(1), 'failed');
select tests.fail(tests.generation('failed'), 'permanent', 'internal');
select tests.submit(tests.user_id(1), 'pending');
create function pg_temp.violations() returns text[] language sql as $$
  select coalesce(array_agg(distinct v.violation), '{}') from admin.ledger_violations as v
$$;
-- Runs an edit, gives what is noticed, and takes the edit back.
create function pg_temp.noticed(edit text) returns text[] language plpgsql as $$
declare
  noticed text[];
begin
  execute edit;
  noticed := pg_temp.violations();
  raise exception using errcode = 'TAKE0';
exception when sqlstate 'TAKE0' then
  return noticed;
end;
$$;
alter table public.credit_ledger disable trigger credit_ledger_is_append_only;

-- TEST: one edit after another
select is(pg_temp.violations(), '{}', 'all is well');
select is(
  pg_temp.noticed($$ insert into public.credit_ledger (user_id, delta, kind, generation_id, note)
    select tests.user_id(1), 4, 'goodwill', (tests.generation('failed')).id, 'by hand' $$),
  array['goodwill_in_excess'], 'goodwill for what was refunded');
select is(
  pg_temp.noticed($$ insert into public.credit_ledger (user_id, delta, kind, generation_id, note)
    select tests.user_id(1), 500, 'goodwill', (tests.generation('completed')).id, 'by hand' $$),
  array['goodwill_in_excess'], 'goodwill beyond the price');
select is(
  pg_temp.noticed('update public.users set credits = credits + 1 where telegram_id = 1'),
  array['balance_differs_from_ledger'], 'a balance');
select is(
  pg_temp.noticed($$ delete from public.credit_ledger where kind = 'signup' and user_id = tests.user_id(2) $$),
  array['balance_differs_from_ledger'], 'an entry that disappears');
select is(
  pg_temp.noticed($$ delete from public.credit_ledger where kind = 'refund' $$),
  array['balance_differs_from_ledger', 'ended_without_refund'], 'a refund that disappears');
select is(
  pg_temp.noticed($$ insert into public.credit_ledger (user_id, delta, kind, generation_id)
    values (tests.user_id(1), 4, 'refund', (tests.generation('pending')).id) $$),
  array['refund_without_end'], 'a refund of what goes on');
select is(
  pg_temp.noticed($$ update public.generations set cost = 5 where prompt = 'pending' $$),
  array['generation_without_debit'], 'a price');
select is(
  pg_temp.noticed($$ update public.generations set user_id = tests.user_id(2) where prompt = 'pending' $$),
  array['entry_of_another_user'], 'an owner');
select is(
  pg_temp.noticed($$ update private.generation_attempts set outcome = 'lost' where outcome = 'completed' $$),
  array['completed_without_attempt'], 'a picture nobody generated');
select is(
  pg_temp.noticed($$ drop index public.credit_ledger_one_signup_a_user;
    insert into public.credit_ledger (user_id, delta, kind) values (tests.user_id(1), 20, 'signup') $$),
  array['signup_granted_twice'], 'a second welcome');
select is(pg_temp.violations(), '{}', 'all is well again');

select * from finish();
rollback;
