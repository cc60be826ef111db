-- Logout.
create function public.revoke_session(user_id uuid, session_id uuid) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update private.sessions as s
  set revoked_at = pg_catalog.clock_timestamp(), revoked_reason = 'logout'
  where s.id = revoke_session.session_id
    and s.user_id = revoke_session.user_id
    and s.revoked_at is null;
end;
$$;

comment on function public.revoke_session(uuid, uuid) is 'Ends a session of the user; a repeated call changes nothing. Functions only.';

revoke all on function public.revoke_session(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.revoke_session(uuid, uuid) to service_role;
