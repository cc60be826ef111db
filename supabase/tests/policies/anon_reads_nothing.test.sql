-- Without a token there is nothing to read: not no rows, but no permission.
begin;
select plan(6);

-- SETUP
select tests.create_user(1);
select tests.submit(tests.user_id(1), 'mine', 'low');
select tests.as_anon();

-- TEST: tables
select throws_ok('select from public.' || name, '42501', 'permission denied for table ' || name)
from unnest(array['users', 'generations', 'credit_ledger']) as name;

-- TEST: other schemas
select throws_ok('select * from private.settings', '42501', 'permission denied for schema private');
select throws_ok('select * from admin.users', '42501', 'permission denied for schema admin');
select throws_ok('select * from pgmq.q_generations', '42501', 'permission denied for schema pgmq');

select * from finish();
rollback;
