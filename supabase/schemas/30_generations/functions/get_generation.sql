-- One generation of the caller.
create function public.get_generation(user_id uuid, session_id uuid, generation_id uuid) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations;
begin
  perform private.assert_session(get_generation.user_id, get_generation.session_id);
  select g.* into generation
  from public.generations as g
  where g.id = get_generation.generation_id
    and g.user_id = get_generation.user_id
    and g.deleted_at is null;
  if not found then
    raise exception using errcode = 'PX404', message = 'No such generation';
  end if;
  if generation.status = 'COMPLETED' then
    -- The owner has seen it: the bot need not send it.
    update private.bot_messages as b
    set seen_at = pg_catalog.clock_timestamp()
    where b.generation_id = generation.id and b.seen_at is null;
  end if;
  return private.generation_view(generation);
end;
$$;

comment on function public.get_generation(uuid, uuid, uuid) is
  'The caller''s generation as private.generation_view. Raises PX401, and PX404 for an unknown id and for another user''s alike. Functions only.';

revoke all on function public.get_generation(uuid, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_generation(uuid, uuid, uuid) to service_role;
