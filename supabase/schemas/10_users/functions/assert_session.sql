-- The caller of a request must exist and must not have logged out.
create function private.assert_session(user_id uuid, session_id uuid) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1 from public.users as u where u.id = assert_session.user_id and u.erased_at is null
  ) or exists (
    select 1 from private.sessions as s where s.id = assert_session.session_id and s.revoked_at is not null
  ) then
    raise exception using errcode = 'PX401', message = 'The session has ended: log in again';
  end if;
end;
$$;

comment on function private.assert_session(uuid, uuid) is 'Raises PX401 for an unknown or erased user and for a revoked session.';

revoke all on function private.assert_session(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function private.assert_session(uuid, uuid) to service_role;
