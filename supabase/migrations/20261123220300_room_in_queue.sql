-- How many more may wait: the one place where admission is computed, for one submission and for many.
create function private.room_in_queue() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  longest integer := (select s.max_queue_seconds from private.settings as s);
  speed record;
begin
  select s.* into speed from private.queue_speed() as s;
  return case
    when speed.pause_seconds > longest then 0
    -- The last one's wait counts the others, not itself.
    else least(1000000, coalesce(floor((longest - speed.pause_seconds) / nullif(speed.seconds_each, 0)), 1000000))
      - private.waiting_now() + 1
  end;
end;
$$;

comment on function private.room_in_queue() is
  'How many more generations may wait before the last one''s expected wait passes max_queue_seconds; 0 or less: none.';
revoke all on function private.room_in_queue() from public, anon, authenticated, service_role;
grant execute on function private.room_in_queue() to service_role;
