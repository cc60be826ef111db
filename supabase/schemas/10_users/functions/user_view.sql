-- A user as auth answers it.
create function private.user_view(account public.users) returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select pg_catalog.jsonb_build_object(
    'id', (account).id,
    'telegram_id', (account).telegram_id,
    'first_name', (account).first_name,
    'username', (account).username,
    'credits', (account).credits
  )
$$;

comment on function private.user_view(public.users) is 'JSON of user in the answers of auth: id, telegram_id, first_name, username, credits.';

revoke all on function private.user_view(public.users) from public, anon, authenticated, service_role;
grant execute on function private.user_view(public.users) to service_role;
