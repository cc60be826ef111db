-- A refused submission as a value: an error would roll back what others of its batch were given.
create function private.refusal(code text, message text, detail jsonb default null) returns jsonb
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
immutable
security invoker
set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'code', refusal.code, 'message', refusal.message, 'detail', refusal.detail);
end;
$$;

comment on function private.refusal(text, text, jsonb) is
  '{"code": SQLSTATE of the contracts error, "message", "detail": {"retry_after_seconds", …} or null}.';

revoke all on function private.refusal(text, text, jsonb) from public, anon, authenticated, service_role;
grant execute on function private.refusal(text, text, jsonb) to service_role;
