-- Places near the queue's head are counted: there too, each who is admitted sees those admitted before.
create or replace function private.admit(wanted integer) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- No more can be under way, uncommitted, at one time: the Data API's connections times the largest batch.
  most_under_way constant integer := 2000;
  -- As queue_tail: beyond that many a place is read off the message, which knows those under way.
  places_counted_to constant integer := 200;
  paused_until timestamptz := (select p.paused_until from private.provider_state as p);
  instant timestamptz := pg_catalog.clock_timestamp();
  room integer;
begin
  if paused_until > instant then
    raise exception using
      errcode = 'PX503',
      message = 'Generation is paused for now: nothing was charged',
      detail = pg_catalog.jsonb_build_object('retry_after_seconds', greatest(1, least(300, ceil(extract(
        epoch from least(paused_until, instant + interval '1 minute') - instant))))::integer)::text;
  end if;

  perform private.refresh_queue_state();
  room := private.room_in_queue();
  if room > 0 and (room < wanted + most_under_way or private.count_queued(places_counted_to) < places_counted_to) then
    -- Those under way would be unseen, could fill the room and take the same places: one after another, each sees
    -- what those before it committed. Whoever holds this lock waits for nothing any more, so that it is held for
    -- milliseconds.
    perform pg_catalog.pg_advisory_xact_lock(7261, 5);
    room := private.room_in_queue();
  end if;
  if room < 1 then
    raise exception using
      errcode = 'PX503',
      message = 'The queue is full for now: nothing was charged',
      -- At least a twentieth of the longest wait: who comes back each second spends the rate limit on refusals.
      detail = pg_catalog.jsonb_build_object('retry_after_seconds', (
        select least(300, greatest(
          1, ceil(s.max_queue_seconds / 20.0),
          private.expected_wait_seconds(private.waiting_now()) - s.max_queue_seconds))::integer
        from private.settings as s))::text;
  end if;
  return least(room, wanted);
end;
$$;
