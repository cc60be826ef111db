-- Another user's rows are not there, whatever is asked for.
begin;
select plan(9);

-- SETUP
select tests.create_user(1);
select tests.create_user(2, credits => 0);
select tests.submit(tests.user_id(1), 'mine', 'low');
create temp table other on commit drop as
select u.id, (tests.generation('mine')).id as generation_id from public.users as u where u.telegram_id = 1;
grant select on other to public;

-- TEST: another user
select tests.authenticate_as(tests.user_id(2));
select is_empty('select from public.generations', 'no generation');
select is_empty('select from public.generations as g, other as o where g.id = o.generation_id', 'not by its id');
select is_empty('select from public.users as u, other as o where u.id = o.id', 'not the user');
select is_empty('select from public.credit_ledger', 'not the ledger');
select is((select count(*) from public.users)::integer, 1, 'only the own row');

-- TEST: a token of nobody
select tests.authenticate_as(gen_random_uuid());
select is_empty('select from public.users', 'an unknown subject has no row');
select is_empty('select from public.generations', 'and no generation');
select tests.authenticate_as(null);
select is_empty('select from public.generations', 'a token without subject neither');
select is_empty('select from public.credit_ledger');

select * from finish();
rollback;
