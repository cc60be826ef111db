-- The end of a generation is the end of its previews.
create function private.retire_previews() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  with retired as (
    delete from private.generation_previews as p where p.generation_id = new.id returning p.object_key
  )
  insert into private.object_deletions (object_key)
  select r.object_key from retired as r
  on conflict on constraint object_deletions_pkey do nothing;
  return null;
end;
$$;

comment on function private.retire_previews() is 'Trigger of generations: hands the previews of a finished generation to object_deletions.';

revoke all on function private.retire_previews() from public, anon, authenticated, service_role;
