-- What holds for every table and view of ours.
begin;
select plan(9);

-- SETUP
create view pg_temp.own as
select format('%s.%s', c.relnamespace::regnamespace, c.relname) as name, c.*
from pg_class as c
where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'admin'::regnamespace)
  and c.relkind in ('r', 'p', 'v', 'm');

-- TEST: tables
select cmp_ok((select count(*) from pg_temp.own as o where o.relkind = 'r'), '>=', 16::bigint, 'they are found');
select is_empty(
  $$ select o.name from pg_temp.own as o where o.relkind in ('r', 'p') and not o.relrowsecurity $$,
  'row level security is on'
);
select is_empty(
  $$ select q.queue_name from pgmq.meta as q, unnest(array['q_', 'a_']) as kind
    where not (select c.relrowsecurity from pg_class as c where c.oid = format('pgmq.%I', kind || q.queue_name)::regclass) $$,
  'on the tables of every queue, too'
);
select is_empty(
  $$ select o.name from pg_temp.own as o where o.relkind in ('r', 'p') and not exists (
    select from pg_constraint as k where k.conrelid = o.oid and k.contype = 'p') $$, 'each has a primary key'
);
select is_empty(
  $$ select k.conrelid::regclass, k.conname from pg_constraint as k join pg_temp.own as o on o.oid = k.conrelid
    where k.contype = 'f' and not exists (
      select from pg_index as i where i.indrelid = k.conrelid and i.indpred is null
        and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey) $$, 'each foreign key has an index'
);

-- TEST: comments
select is_empty(
  $$ select o.name from pg_temp.own as o where obj_description(o.oid, 'pg_class') is null $$,
  'each table and view has a comment'
);
select is_empty(
  $$ select o.name, a.attname from pg_temp.own as o join pg_attribute as a on a.attrelid = o.oid
    where o.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and col_description(o.oid, a.attnum) is null $$,
  'each column of a table has one'
);

-- TEST: views and names
select is_empty(
  $$ select o.name from pg_temp.own as o where o.relkind in ('v', 'm')
    and not coalesce(o.reloptions, '{}') @> array['security_invoker=true'] $$, 'views read as their caller'
);
select is_empty(
  $$ select k.conname from pg_constraint as k join pg_temp.own as o on o.oid = k.conrelid
    where k.contype <> 'n' and k.conname not like o.relname || '\_%' $$, 'constraints are named after their table'
);

select * from finish();
rollback;
