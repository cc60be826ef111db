-- What a changed limit is held against is counted anew: the count may be of a queue that has emptied since.
create or replace function private.ring_after_tuning() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update private.queue_state as q set refreshed_at = '-infinity'
  where q.refreshed_at < pg_catalog.clock_timestamp();
  perform private.ring_for_waiting();
  return null;
end;
$$;

comment on function private.ring_after_tuning() is
  'Trigger of settings: has the queue counted anew, and rings the worker if something waits that it could do now.';
