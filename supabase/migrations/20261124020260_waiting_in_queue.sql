-- Counts the queue alone: who waits in a lane is behind its user's others, and holds no place that others could have.
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
      where g.status = 'PENDING' and g.created_at >= load.settled_before and g.message_id is not null
      limit 10000
    ) as newer
  );
end;
$$;

comment on function private.waiting_now() is
  'PENDING generations in the queue: those refresh_queue_state counted as settled, and those created since. Admission goes by it, as a crowd may fill the queue within the second between two counts.';
