-- A policy more is a hole, a policy less an outage.
begin;
select plan(6);

-- TEST: the list
select policies_are('public', 'users', array['users read their own row']);
select policies_are('public', 'generations', array['users read their own generations']);
select policies_are('public', 'credit_ledger', array['users read their own ledger']);
select is_empty(
  $$ select from pg_policies as p where p.schemaname in ('private', 'admin', 'pgmq') $$, 'nobody else has any'
);

-- TEST: their form
select is_empty(
  $$ select from pg_policies as p where p.schemaname = 'public'
    and (p.cmd <> 'SELECT' or p.roles <> '{authenticated}' or p.permissive <> 'PERMISSIVE') $$,
  'all are for reading, to authenticated'
);
select is_empty(
  $$ select from pg_policies as p where p.schemaname = 'public' and p.qual <> 'true' and p.qual !~* '\( ?select auth\.uid\(\)' $$,
  'auth.uid() is asked once a statement, not once a row'
);

select * from finish();
rollback;
