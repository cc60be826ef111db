-- The live settings a function needs before it touches anything else.
create function public.get_tuning() returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select pg_catalog.jsonb_build_object('rate_limit_per_minute', s.rate_limit_per_minute)
  from private.settings as s
$$;

comment on function public.get_tuning() is '{"rate_limit_per_minute"}: settings the functions apply outside the database. Functions only.';

revoke all on function public.get_tuning() from public, anon, authenticated, service_role;
grant execute on function public.get_tuning() to service_role;
