-- The wait behind so many others, measured now.
create or replace function private.expected_wait_seconds(ahead integer) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  speed record;
begin
  select s.* into speed from private.queue_speed() as s;
  return private.wait_behind(
    ahead, speed, (select s.images_per_minute from private.settings as s), private.budget_leaving());
end;
$$;
