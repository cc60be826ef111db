-- Where a waiting generation stands, and when its picture is expected.
create function private.queue_estimate(generation public.generations) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  pace record;
  place bigint;
  lane_rounds integer := 0;
begin
  if (generation).status <> 'PENDING' then
    return null;
  end if;
  if (generation).message_id is not null then
    place := private.place_in_queue((generation).message_id);
  else
    select count(*) / (select s.per_user_concurrency from private.settings as s) into lane_rounds
    from public.generations as g
    where g.user_id = (generation).user_id
      and g.status in ('PENDING', 'PROCESSING')
      and (g.created_at, g.id) < ((generation).created_at, (generation).id);
    place := private.queue_length()::bigint * lane_rounds;
  end if;
  pace := private.queue_pace();
  return pg_catalog.jsonb_build_object(
    'position', place + 1,
    'eta_seconds', pace.service_seconds + private.expected_wait_seconds(
      place, lane_rounds, pace.starts_per_second, pace.service_seconds, pace.pause_seconds));
end;
$$;

comment on function private.queue_estimate(public.generations) is
  '{"position" from 1, "eta_seconds" until the picture} of a PENDING generation; null for any other status. Cannot raise.';

revoke all on function private.queue_estimate(public.generations) from public, anon, authenticated, service_role;
grant execute on function private.queue_estimate(public.generations) to service_role;
