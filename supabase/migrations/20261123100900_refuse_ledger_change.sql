-- The ledger is append-only in fact: updates, deletes and truncates fail for every role.
create function private.refuse_ledger_change() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PX001',
    message = format('Cannot %s public.credit_ledger: it is append-only', lower(tg_op)),
    hint = 'Write a counter entry with admin.grant_credits(telegram_id => ..., amount => ..., note => ...).';
end;
$$;

comment on function private.refuse_ledger_change() is 'Trigger of credit_ledger: raises PX001 on update, delete and truncate.';
revoke all on function private.refuse_ledger_change() from public, anon, authenticated, service_role;

create trigger credit_ledger_is_append_only
  before update or delete or truncate on public.credit_ledger
  for each statement execute function private.refuse_ledger_change();
