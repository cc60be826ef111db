-- Replaces: supautils, which lets `postgres` create these extensions although it is no superuser, and hands it what they
-- make. Here they are there from the start, so that "create extension if not exists" of a migration finds them.
create extension if not exists supabase_vault;
create extension if not exists pgmq;
create extension if not exists pg_net with schema extensions;
create extension if not exists pg_cron with schema pg_catalog;

-- pgmq's objects become those of `postgres`, as on the platform.
do $$
declare
  object record;
begin
  alter schema pgmq owner to postgres;
  for object in
    select p.oid::regprocedure::text as name, 'function' as kind
    from pg_catalog.pg_proc as p where p.pronamespace = 'pgmq'::regnamespace
    union all
    select c.oid::regclass::text, 'table' from pg_catalog.pg_class as c
    where c.relnamespace = 'pgmq'::regnamespace and c.relkind in ('r', 'p')
  loop
    execute format('alter %s %s owner to postgres', object.kind, object.name);
  end loop;
end
$$;

-- Jobs are read in cron.job, and written by its functions alone; what a run left may be deleted.
grant usage on schema cron to postgres with grant option;
grant execute on all functions in schema cron to postgres with grant option;
grant select on cron.job to postgres with grant option;
grant all on cron.job_run_details to postgres with grant option;

grant usage on schema vault to postgres with grant option;
grant select, delete on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant execute on all functions in schema vault to postgres with grant option;

-- The database itself is owned by `postgres`, which makes schemas in it.
do $$
begin
  execute format('alter database %I owner to postgres', pg_catalog.current_database());
end
$$;
