-- The user's DELETE: cancels what waits, hides what has ended.
create function public.delete_generation(
  user_id uuid,
  session_id uuid,
  generation_id uuid,
  pending_only boolean default false
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations;
begin
  perform private.assert_session(delete_generation.user_id, delete_generation.session_id);
  generation := private.lock_generation(delete_generation.generation_id);
  if generation.id is null
    or generation.user_id <> delete_generation.user_id
    or generation.deleted_at is not null then
    raise exception using errcode = 'PX404', message = 'No such generation';
  end if;

  if generation.status = 'PROCESSING' then
    raise exception using errcode = 'PX410', message = 'The generation has already started';
  elsif generation.status = 'PENDING' then
    perform private.finish_without_picture(generation, 'CANCELLED', null, 'cancelled by the user');
    perform private.wake_workers('webhook'); -- the user's next one may have entered the queue
  elsif delete_generation.pending_only and generation.status <> 'CANCELLED' then
    raise exception using errcode = 'PX410', message = 'The generation has already ended';
  elsif not delete_generation.pending_only then
    if generation.status = 'COMPLETED' then
      insert into private.object_deletions (object_key)
      values (private.object_key(generation))
      on conflict (object_key) do nothing;
    end if;
    update public.generations as g
    set deleted_at = pg_catalog.clock_timestamp()
    where g.id = generation.id;
  end if;

  select g.* into generation from public.generations as g where g.id = delete_generation.generation_id;
  return private.generation_view(generation) || pg_catalog.jsonb_build_object(
    'object_key', case when generation.status = 'COMPLETED' then private.object_key(generation) end);
end;
$$;

comment on function public.delete_generation(uuid, uuid, uuid, boolean) is
  'PENDING: CANCELLED and refunded. Finished: hidden, or with pending_only left alone (CANCELLED: given again, else PX410); object_key names the picture to remove (also queued in object_deletions). Raises PX401, PX404, PX410 while PROCESSING. Gives private.generation_view and object_key. Functions only.';

revoke all on function public.delete_generation(uuid, uuid, uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function public.delete_generation(uuid, uuid, uuid, boolean) to service_role;
