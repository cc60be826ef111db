-- The place of one in a lane is told by lane_turn, which admission asks as well.
create or replace function private.queue_place(generation public.generations) returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  service_seconds integer := (select ceil(q.service_ms / 1000.0) from private.queue_state as q);
  place integer;
  wait integer;
  own record;
begin
  if (generation).status <> 'PENDING' then
    return null;
  end if;

  if (generation).message_id is not null then
    place := private.place_in_queue((generation).message_id);
    wait := private.expected_wait_seconds(place);
  else
    select
      count(*) filter (where g.created_at < (generation).created_at) as earlier,
      count(*) filter (where g.created_at < (generation).created_at and g.message_id is null) as waiting_earlier,
      count(*) filter (where g.message_id is null) as waiting,
      min(g.message_id) as first_message_id,
      max(g.message_id) as last_message_id
    into own
    from public.generations as g
    where g.user_id = (generation).user_id and g.status in ('PENDING', 'PROCESSING');
    select t.place, t.wait_seconds into place, wait
    from private.lane_turn(
      own.earlier::integer, own.waiting_earlier::integer, own.waiting::integer,
      own.first_message_id, own.last_message_id) as t;
  end if;

  return pg_catalog.jsonb_build_object('position', place + 1, 'eta_seconds', wait + service_seconds);
end;
$$;
