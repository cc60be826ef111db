-- The caller's generations, newest first, a page at a time.
create function public.list_generations(
  user_id uuid,
  session_id uuid,
  page_size integer,
  before_created_at timestamptz default null,
  before_id uuid default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  items jsonb;
begin
  perform private.assert_session(list_generations.user_id, list_generations.session_id);
  select coalesce(jsonb_agg(private.generation_view(page.generation) order by page.created_at desc, page.id desc), '[]')
  into items
  from (
    select g as generation, g.created_at, g.id
    from public.generations as g
    where g.user_id = list_generations.user_id
      and g.deleted_at is null
      and (
        list_generations.before_created_at is null
        or (g.created_at, g.id) < (list_generations.before_created_at, list_generations.before_id)
      )
    order by g.created_at desc, g.id desc
    limit list_generations.page_size
  ) as page;
  return items;
end;
$$;

comment on function public.list_generations(uuid, uuid, integer, timestamptz, uuid) is
  'Array of private.generation_view, newest first, of rows older than (before_created_at, before_id). Raises PX401. Functions only.';

revoke all on function public.list_generations(uuid, uuid, integer, timestamptz, uuid)
  from public, anon, authenticated, service_role;
grant execute on function public.list_generations(uuid, uuid, integer, timestamptz, uuid) to service_role;
