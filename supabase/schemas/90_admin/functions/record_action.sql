-- The audit row of an operator's act.
create function admin.record_action(action text, arguments jsonb, note text) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if coalesce(btrim(record_action.note), '') = '' then
    raise exception using
      errcode = 'PX003',
      message = format('Cannot run admin.%s without a note: say why', record_action.action),
      hint = format('select admin.%s(..., note => ''why'');', record_action.action);
  end if;
  insert into private.admin_actions (action, arguments, note)
  values ('admin.' || record_action.action, record_action.arguments, record_action.note);
end;
$$;

comment on function admin.record_action(text, jsonb, text) is 'Writes the audit row of an admin function; raises PX003 without a note.';

revoke all on function admin.record_action(text, jsonb, text) from public, anon, authenticated, service_role;
