-- The audit is append-only in fact, as the ledger is.
create function private.refuse_audit_change() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PX001',
    message = format('Cannot %s private.admin_actions: the audit is append-only', lower(tg_op));
end;
$$;

comment on function private.refuse_audit_change() is 'Trigger of admin_actions: raises PX001 on update, delete and truncate.';
revoke all on function private.refuse_audit_change() from public, anon, authenticated, service_role;

create trigger admin_actions_is_append_only
  before update or delete or truncate on private.admin_actions
  for each statement execute function private.refuse_audit_change();
