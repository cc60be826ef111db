-- Schemas, and a default of no access: every grant is written out beside its object.
create schema if not exists private;
comment on schema private is 'Tables and functions no API client reaches: queue state, attempts, sessions, settings.';

create schema if not exists admin;
comment on schema admin is 'What an operator uses in the SQL dashboard: views to read, functions to act. Every act is audited.';

-- The form with "in schema" does not undo Postgres' own default of execute for public, so both are needed.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated, service_role;

revoke all on schema private, admin from public;
grant usage on schema private to service_role;
