-- The wait in a lane counts those who will come into the queue before its turn.
create or replace function private.queue_place(generation public.generations) returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  service_seconds numeric := (select q.service_ms / 1000.0 from private.queue_state as q);
  place integer;
  wait integer;
  tail record;
  own record;
  served_before integer;
  own_seconds numeric;
begin
  if (generation).status <> 'PENDING' then
    return null;
  end if;

  if (generation).message_id is not null then
    place := private.place_in_queue((generation).message_id);
    wait := private.expected_wait_seconds(place);
  else
    select t.* into tail from private.queue_tail() as t;
    select
      count(*) filter (where g.created_at < (generation).created_at) as earlier,
      count(*) filter (where g.created_at < (generation).created_at and g.message_id is null) as waiting_earlier,
      count(*) filter (where g.message_id is null) as waiting,
      min(g.message_id) - tail.oldest_message_id as first_place,
      max(g.message_id) - tail.oldest_message_id as last_place
    into own
    from public.generations as g
    where g.user_id = (generation).user_id and g.status in ('PENDING', 'PROCESSING');
    place := private.lane_place(
      own.earlier::integer, own.waiting_earlier::integer, tail.in_queue,
      greatest(0, tail.pending - tail.in_queue - own.waiting)::integer);
    select
      private.lane_served_before(
        own.earlier::integer, own.first_place, own.last_place, tail.in_queue, place, s.per_user_concurrency,
        q.arrivals_per_second * speed.seconds_each),
      -- However short the queue: its user's own come first, no more at a time than the lane lets through.
      own.earlier / s.per_user_concurrency * service_seconds
    into served_before, own_seconds
    from private.settings as s, private.queue_state as q, private.queue_speed() as speed;
    wait := greatest(private.expected_wait_seconds(served_before), ceil(own_seconds));
  end if;

  return pg_catalog.jsonb_build_object(
    'position', place + 1, 'eta_seconds', wait + ceil(service_seconds)::integer);
end;
$$;
