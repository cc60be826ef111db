-- Shows a stored preview to the owner, if the attempt that generated it still holds the generation.
create function public.announce_preview(generation_id uuid, attempt integer, object_key text, preview_url text)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations;
begin
  -- Locks the row: an end that comes meanwhile finds this preview and removes it.
  select g.* into generation
  from public.generations as g
  where g.id = announce_preview.generation_id
    and g.status = 'PROCESSING'
    and g.attempt = announce_preview.attempt
  for no key update;
  if not found then
    return false;
  end if;
  insert into private.generation_previews (object_key, generation_id)
  values (announce_preview.object_key, generation.id)
  on conflict on constraint generation_previews_pkey do nothing;
  perform private.send_to_owner(generation, announce_preview.preview_url);
  return true;
end;
$$;

comment on function public.announce_preview(uuid, integer, text, text) is
  'Broadcasts a preview of a running attempt and notes its object for removal; false when the attempt no longer holds the generation. Functions only.';

revoke all on function public.announce_preview(uuid, integer, text, text) from public, anon, authenticated, service_role;
grant execute on function public.announce_preview(uuid, integer, text, text) to service_role;
