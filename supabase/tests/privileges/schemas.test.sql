-- Who may look into which schema, and make things in it.
begin;
select plan(3);

-- SETUP
create function pg_temp.schemas(role text, privilege text) returns setof text language sql as $$
  select n.nspname::text from pg_namespace as n
  where n.nspname in ('public', 'private', 'admin', 'pgmq', 'cron', 'vault', 'supabase_migrations')
    and has_schema_privilege(role, n.oid, privilege)
$$;

-- TEST: usage
select set_eq(
  $$ select r || ' ' || pg_temp.schemas(r, 'usage') from unnest(array['anon', 'authenticated']) as r $$,
  array['anon public', 'authenticated public'], 'clients see public'
);
select set_eq(
  $$ select pg_temp.schemas('service_role', 'usage') $$, array['public', 'private', 'pgmq', 'vault'],
  'the functions what they need (vault is the platform''s)'
);

-- TEST: create
select is_empty(
  $$ select pg_temp.schemas(r, 'create') from unnest(array['anon', 'authenticated', 'service_role']) as r $$,
  'nobody makes anything'
);

select * from finish();
rollback;
