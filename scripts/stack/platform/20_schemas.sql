-- Replaces: the schemas and preinstalled extensions of a new project. Left out: storage, graphql,
-- pg_stat_statements, and auth's tables (logins are our own).

create schema extensions;
comment on schema extensions is 'Where extensions put their functions';
grant usage on schema extensions to anon, authenticated, service_role;
grant all on schema extensions to postgres with grant option;

create schema auth authorization supabase_auth_admin;
comment on schema auth is 'Who is calling: auth.uid(), auth.role(), auth.jwt()';
grant usage on schema auth to anon, authenticated, service_role;
grant usage on schema auth to postgres with grant option;

create schema realtime authorization supabase_realtime_admin;
comment on schema realtime is 'Broadcast from the database';
grant usage on schema realtime to anon, authenticated, service_role;
grant usage on schema realtime to postgres with grant option;

create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;
