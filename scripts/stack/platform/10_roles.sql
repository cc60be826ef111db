-- Replaces: the roles every Supabase project is born with. supabase_admin is the server's superuser; `postgres`, which
-- migrates and whose objects these then are, is none. Roles belong to the whole server, so this
-- may run once a database. Left out: passwords (the server trusts loopback) and the roles of
-- services we do not have (storage, functions admin, pgbouncer).

do $$
declare
  role record;
begin
  for role in
    select * from (values
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('authenticator', 'login noinherit'),
      ('postgres', 'login nosuperuser createdb createrole replication bypassrls'),
      ('supabase_auth_admin', 'login noinherit createrole'),
      ('supabase_realtime_admin', 'nologin noinherit'),
      ('dashboard_user', 'nologin createdb createrole replication')
    ) as wanted (name, options)
    where name not in (select rolname from pg_catalog.pg_roles)
  loop
    execute format('create role %I %s', role.name, role.options);
  end loop;
end
$$;

grant anon, authenticated, service_role to authenticator, postgres;
grant authenticator to postgres;

-- The limits PostgREST applies to a request of each role.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';

-- The SQL editor and the CLI find extensions without a schema name.
alter role postgres set search_path = "$user", public, extensions;
