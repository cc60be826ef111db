-- Counts from the cut on, not from the count on: what was being committed during the count is not missed.
create or replace function private.waiting_now() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  load private.queue_state;
begin
  select q.* into load from private.queue_state as q;
  return load.settled + (
    select count(*)
    from (
      select 1 from public.generations as g
      where g.status = 'PENDING' and g.created_at >= load.settled_before
      limit 10000
    ) as newer
  );
end;
$$;

comment on function private.waiting_now() is
  'PENDING generations: those refresh_queue_state counted as settled, and those created since. Admission goes by it, as a crowd may fill the queue within the second between two counts.';
