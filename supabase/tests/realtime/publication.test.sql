-- postgres_changes: generations and nothing else, readable by their owners.
begin;
select plan(4);

-- TEST: the publication
select set_eq(
  $$ select p.schemaname || '.' || p.tablename from pg_publication_tables as p where p.pubname = 'supabase_realtime' $$,
  array['public.generations'], 'balances and accounts are not published'
);
select is(
  (select c.relreplident from pg_class as c where c.oid = 'public.generations'::regclass), 'd'::"char",
  'the old row is its key alone'
);
select ok(
  has_column_privilege('authenticated', 'public.generations', 'id', 'select'), 'subscribers may read the key'
);
select ok(
  not has_column_privilege('anon', 'public.generations', 'id', 'select'), 'without a token they may not'
);

select * from finish();
rollback;
