-- Forgets removals that are done, and lists those that are not.
create function public.settle_object_deletions(object_keys text[] default '{}', page_size integer default 100)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
begin
  delete from private.object_deletions as d where d.object_key = any (settle_object_deletions.object_keys);
  return coalesce(
    (
      select jsonb_agg(open.object_key)
      from (
        select d.object_key from private.object_deletions as d order by d.requested_at
        limit settle_object_deletions.page_size
      ) as open
    ),
    '[]'
  );
end;
$$;

comment on function public.settle_object_deletions(text[], integer) is
  'Removes the given keys, whose objects are gone, from object_deletions; gives up to page_size keys still to remove. Functions only.';

revoke all on function public.settle_object_deletions(text[], integer) from public, anon, authenticated, service_role;
grant execute on function public.settle_object_deletions(text[], integer) to service_role;
