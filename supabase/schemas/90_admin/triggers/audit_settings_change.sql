-- A change of settings or prices is an operator's act like any other: it leaves the values before and after.
create function private.audit_settings_change() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into private.admin_actions (action, arguments)
  values (
    format('%s %s.%s', lower(tg_op), tg_table_schema, tg_table_name),
    jsonb_build_object('before', to_jsonb(old), 'after', to_jsonb(new))
  );
  return null;
end;
$$;

comment on function private.audit_settings_change() is 'Trigger of settings and prices: writes the values before and after to admin_actions.';

revoke all on function private.audit_settings_change() from public, anon, authenticated, service_role;
