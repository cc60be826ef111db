-- Append-only tables are so in fact: updates, deletes and truncates fail for every role.
create function private.refuse_change() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PX001',
    message = format('Cannot %s %I.%I: it is append-only', lower(tg_op), tg_table_schema, tg_table_name),
    hint = 'Correct a balance by select admin.grant_credits(telegram_id => ..., amount => ..., note => ...);';
end;
$$;

comment on function private.refuse_change() is
  'Trigger of append-only tables (credit_ledger, admin_actions): raises PX001 on update, delete and truncate.';

revoke all on function private.refuse_change() from public, anon, authenticated, service_role;
