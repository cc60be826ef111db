-- Replaces: the default privileges of a project created since 2026-10-30: a new table in `public` is
-- granted to nobody, while a new function may be executed by the API roles, and by PUBLIC as always in
-- Postgres. A migration has to grant the one and revoke the other.

grant usage on schema public to anon, authenticated, service_role;

alter default privileges for role postgres in schema public
  grant execute on functions to anon, authenticated, service_role;
