-- Where a generation's picture lies in the bucket. The functions derive the same key.
create function private.object_key(generation public.generations) returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select 'generations/' || (generation).id::text || '.' || (generation).output_format
$$;

comment on function private.object_key(public.generations) is 'Object key of the picture: generations/<id>.<png|webp|jpeg>.';

revoke all on function private.object_key(public.generations) from public, anon, authenticated, service_role;
grant execute on function private.object_key(public.generations) to service_role;
