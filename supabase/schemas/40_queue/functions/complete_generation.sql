-- PROCESSING -> COMPLETED, once: the picture is stored.
create function public.complete_generation(
  generation_id uuid,
  attempt integer,
  public_url text,
  recovered boolean default false,
  model text default null,
  latency_ms integer default null,
  usage jsonb default null,
  width integer default null,
  height integer default null,
  provider_request_id text default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations := private.lock_generation(complete_generation.generation_id);
begin
  if generation.status is distinct from 'PROCESSING'
    or generation.attempt <> complete_generation.attempt
    or not private.end_attempt(
      generation.id, generation.attempt,
      case when complete_generation.recovered then 'recovered' else 'completed' end,
      model => complete_generation.model, latency_ms => complete_generation.latency_ms,
      usage => complete_generation.usage, provider_request_id => complete_generation.provider_request_id)
  then
    -- A repeated call by the attempt that completed it is told so; any other is late.
    return pg_catalog.jsonb_build_object('outcome', case
      when generation.status = 'COMPLETED' and generation.attempt = complete_generation.attempt
        then 'already_completed'
      else 'stale' end,
      'status', generation.status,
      -- Ended without this picture, or removed by its owner: it must not stay in the bucket.
      'unwanted', coalesce(
        generation.status in ('FAILED', 'CANCELLED') or generation.deleted_at is not null, false));
  end if;

  perform pgmq.delete('generations', generation.message_id);
  update public.generations as g
  set
    status = 'COMPLETED',
    public_url = complete_generation.public_url,
    width = complete_generation.width,
    height = complete_generation.height,
    finished_at = pg_catalog.clock_timestamp(),
    message_id = null
  where g.id = generation.id;
  perform private.enqueue_next(generation.user_id);

  if not complete_generation.recovered then
    -- The probe after a pause has succeeded: open again for all.
    update private.provider_state as p
    set paused_until = null, pause_kind = null, pause_note = null, pause_count = 0
    -- A picture that was stored meanwhile says as much of the bucket.
    where p.pause_kind = 'storage'
      or (p.pause_kind in ('money', 'configuration') and p.paused_until <= pg_catalog.clock_timestamp());
    update private.provider_state as p
    set streak_signature = null, streak_user_ids = '{}'
    where p.streak_signature is not null;
  end if;
  return pg_catalog.jsonb_build_object('outcome', 'completed', 'status', 'COMPLETED');
end;
$$;

comment on function public.complete_generation(uuid, integer, text, boolean, text, integer, jsonb, integer, integer, text) is
  'Completes an attempt with the stored picture''s address; recovered: it was found stored, the provider was not called; width and height in pixels; provider_request_id: the provider''s name for the call. Gives {"outcome": completed | already_completed | stale, "status", "unwanted"}; the latter two changed nothing, and unwanted says that the stored picture is to be removed. Functions only.';

revoke all on function public.complete_generation(uuid, integer, text, boolean, text, integer, jsonb, integer, integer, text)
  from public, anon, authenticated, service_role;
grant execute on function public.complete_generation(uuid, integer, text, boolean, text, integer, jsonb, integer, integer, text) to service_role;
