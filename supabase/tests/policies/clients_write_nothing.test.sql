-- Every write goes through a function of service_role: no client inserts, updates, deletes or truncates.
begin;
select plan(33);

-- SETUP
select tests.create_user(1);
select tests.submit(tests.user_id(1), 'mine', 'low');
create temp table writes on commit drop as
select statement from unnest(array[
  'insert into public.users (first_name, credits) values (''x'', 1000)',
  'update public.users set credits = 1000',
  'update public.users set first_name = ''x''',
  'delete from public.users',
  'truncate public.users cascade',
  'insert into public.generations (user_id, prompt, size, quality, output_format, cost)
    select auth.uid(), ''x'', ''1024x1024'', ''low'', ''png'', 1',
  'update public.generations set status = ''CANCELLED''',
  'update public.generations set deleted_at = null',
  'delete from public.generations',
  'insert into public.credit_ledger (user_id, delta, kind) select auth.uid(), 1000, ''signup''',
  'update public.credit_ledger set delta = 1000',
  'delete from public.credit_ledger',
  'truncate public.credit_ledger',
  'select nextval(''public.credit_ledger_id_seq'')',
  'create table public.mine (id integer)',
  'create function public.mine() returns integer language sql as ''select 1'''
]) as statement;
grant select on writes to anon, authenticated;

-- TEST: the owner of the rows
select tests.authenticate_as(tests.user_id(1));
select throws_ok(w.statement, '42501', null, 'authenticated: ' || w.statement) from writes as w;

-- TEST: anybody
select tests.as_anon();
select throws_ok(w.statement, '42501', null, 'anon: ' || w.statement) from writes as w;

-- TEST: nothing changed
select tests.as_owner();
select is_empty('select * from admin.ledger_violations');

select * from finish();
rollback;
