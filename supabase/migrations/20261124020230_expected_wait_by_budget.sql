-- The wait behind so many others: for a slot, and for the image budget, whichever takes longer.
create or replace function private.expected_wait_seconds(ahead integer) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select least(86400, ceil(greatest(
      s.pause_seconds + coalesce(expected_wait_seconds.ahead * s.slot_seconds, 0),
      private.budget_wait_seconds(expected_wait_seconds.ahead))))
    from private.queue_speed() as s
  );
end;
$$;
