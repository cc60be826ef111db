-- A place is one that a slot and the image budget serve within max_queue_seconds; who waits in a lane takes none.
create or replace function private.room_in_queue() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  -- No more than that waiting_now adds to those settled.
  most_newer constant integer := 10000;
  longest integer := (select s.max_queue_seconds from private.settings as s);
  settled integer := (select q.settled from private.queue_state as q);
  places integer;
  speed record;
begin
  select s.* into speed from private.queue_speed() as s;
  if speed.pause_seconds > longest then
    return 0;
  end if;
  -- The last one's wait counts the others, not itself.
  places := least(
    1 + least(1000000, coalesce(floor((longest - speed.pause_seconds) / nullif(speed.slot_seconds, 0)), 1000000)),
    private.budget_starts_within(speed.pause_seconds, longest));
  if places - settled > 2 * most_newer then
    return places - settled - most_newer;
  end if;
  return places - private.waiting_now();
end;
$$;

comment on function private.room_in_queue() is
  'How many more generations the queue may take before the last one''s expected wait passes max_queue_seconds; 0 or less: none. Exact below 10,000, and beyond that no more than there are.';
