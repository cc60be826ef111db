-- The wait behind so many others, by the queue's speed alone, so that a batch reads the speed once.
create or replace function private.expected_wait_seconds(ahead integer) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select least(86400, ceil(s.pause_seconds + expected_wait_seconds.ahead * s.seconds_each))
    from private.queue_speed() as s
  );
end;
$$;
