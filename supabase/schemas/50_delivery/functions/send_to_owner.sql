-- What the owner hears of a generation, on the private topic user:<id>.
create function private.send_to_owner(generation public.generations, preview_url text default null) returns void
language plpgsql
security definer -- realtime.messages takes no insert from service_role without a policy
set search_path = ''
as $$
begin
  perform realtime.send(
    pg_catalog.jsonb_build_object(
      'id', (generation).id,
      'status', (generation).status,
      'version', (generation).version,
      'public_url', (generation).public_url,
      'error_code', (generation).error_code
    ) || case
      when send_to_owner.preview_url is null then '{}'::jsonb
      else pg_catalog.jsonb_build_object('preview_url', send_to_owner.preview_url)
    end,
    'generation',
    'user:' || (generation).user_id::text,
    true
  );
end;
$$;

comment on function private.send_to_owner(public.generations, text) is
  'Private Broadcast "generation" to user:<user id>: id, status, version, public_url, error_code, and preview_url when there is one. realtime.send never fails the transaction.';

revoke all on function private.send_to_owner(public.generations, text) from public, anon, authenticated, service_role;
grant execute on function private.send_to_owner(public.generations, text) to service_role;
