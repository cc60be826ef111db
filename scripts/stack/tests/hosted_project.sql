-- What makes a database of the embedded server resemble a hosted project for who owns it: role hosted_owner is
-- what `postgres` is there, no superuser. Run by a superuser in a fresh copy of template1.
-- Left out: supautils, in whose place the extensions are made here, by a superuser, and hosted_owner is a
-- member of the role that owns realtime.messages, so that it may create the policy.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'hosted_owner') then
    create role hosted_owner login nosuperuser createdb createrole replication bypassrls;
    alter role hosted_owner set search_path = "$user", public, extensions;
    grant anon, authenticated, service_role, authenticator, supabase_realtime_admin to hosted_owner;
  end if;
  execute format('alter database %I owner to hosted_owner', pg_catalog.current_database());
end
$$;

create extension pgmq;
create extension pg_net with schema extensions;
create extension pg_cron with schema pg_catalog;
create extension pgtap with schema extensions;

-- As the platform does after `create extension pgmq`: its objects become the owner's.
do $$
declare
  object record;
begin
  alter schema pgmq owner to hosted_owner;
  for object in
    select p.oid::regprocedure::text as name, 'function' as kind
    from pg_catalog.pg_proc as p where p.pronamespace = 'pgmq'::regnamespace
    union all
    select c.oid::regclass::text, 'table' from pg_catalog.pg_class as c
    where c.relnamespace = 'pgmq'::regnamespace and c.relkind in ('r', 'p')
  loop
    execute format('alter %s %s owner to hosted_owner', object.kind, object.name);
  end loop;
end
$$;

-- Jobs are readable, and written by cron.schedule(), which in the stand-in runs as its caller.
grant usage on schema cron to hosted_owner;
grant all on all functions in schema cron to hosted_owner;
grant all on all tables in schema cron to hosted_owner;
grant all on all sequences in schema cron to hosted_owner;

grant usage on schema vault to hosted_owner with grant option;
grant select, delete on vault.secrets, vault.decrypted_secrets to hosted_owner with grant option;
grant execute on all functions in schema vault to hosted_owner with grant option;
-- The stand-in's functions run as their caller, where the original's do not.
grant insert, update on vault.secrets to hosted_owner;

grant usage on schema auth, extensions to hosted_owner with grant option;
grant usage on schema realtime to hosted_owner with grant option;
grant all on realtime.messages to hosted_owner;
alter publication supabase_realtime owner to hosted_owner;

-- A project made before 2026-10-30 grants whatever is new in public to the API roles.
alter default privileges for role hosted_owner in schema public
  grant all on functions to anon, authenticated, service_role;
alter default privileges for role hosted_owner in schema public
  grant all on tables to anon, authenticated, service_role;
alter default privileges for role hosted_owner in schema public
  grant all on sequences to anon, authenticated, service_role;
