-- What holds for every function of ours.
begin;
select plan(6);

-- SETUP
create view pg_temp.own as
select format('%s.%s', p.pronamespace::regnamespace, p.proname) as name, p.*
from pg_proc as p
where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace, 'admin'::regnamespace);

-- TEST: each of them
select cmp_ok((select count(*) from pg_temp.own), '>', 60::bigint, 'they are found');
select is_empty(
  $$ select o.name from pg_temp.own as o where not coalesce(o.proconfig, '{}') @> array['search_path=""'] $$,
  'has an empty search_path'
);
select is_empty(
  $$ select o.name from pg_temp.own as o where obj_description(o.oid, 'pg_proc') is null $$, 'has a comment'
);
select set_eq(
  'select o.name from pg_temp.own as o where o.prosecdef',
  array['private.apply_ledger_entries', 'private.last_sweep', 'private.post_to_worker', 'private.send_to_owner'],
  'runs as its caller, but for four'
);
select is_empty(
  $$ select o.name from pg_temp.own as o
    where o.proowner <> (select c.relowner from pg_class as c where c.oid = 'public.users'::regclass) $$,
  'belongs to whom the tables belong'
);

-- TEST: pgmq, of which the hosted version has only some functions
select set_eq(
  $$ select distinct m[1] from pg_temp.own as o, regexp_matches(o.prosrc, 'pgmq\.([a-z_]+)\s*\(', 'g') as m $$,
  array['send', 'send_batch', 'read', 'set_vt', 'archive', 'delete'], 'calls these functions of pgmq and no other'
);

select * from finish();
rollback;
