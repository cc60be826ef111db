-- A worker whose picture cannot be stored pauses the service, and goes on trying to store it.
create function public.pause_for_storage(note text) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.pause_provider('storage', pause_for_storage.note);
end;
$$;

comment on function public.pause_for_storage(text) is
  'Pauses submissions and claims for the bucket, no attempt having ended; the first picture that is stored ends the pause. Functions only.';

revoke all on function public.pause_for_storage(text) from public, anon, authenticated, service_role;
grant execute on function public.pause_for_storage(text) to service_role;
