-- select admin.pause(note => 'provider maintenance');
create function admin.pause(note text) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform admin.record_action('pause', '{}', pause.note);
  perform private.pause_provider('operator', pause.note);
end;
$$;

comment on function admin.pause(text) is
  'Stops submissions (503, nothing charged) and new starts until admin.resume; running images finish. Audited.';

revoke all on function admin.pause(text) from public, anon, authenticated, service_role;
