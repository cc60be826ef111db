-- How many wait at this moment: what was counted within the last second, and what came since.
create function private.waiting_now() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  load private.queue_state;
begin
  select q.* into load from private.queue_state as q;
  return load.waiting + (
    select count(*)
    from (
      select 1 from public.generations as g
      where g.status = 'PENDING' and g.created_at >= load.refreshed_at
      limit 10000
    ) as newer
  );
end;
$$;

comment on function private.waiting_now() is
  'PENDING generations: those refresh_queue_state counted last, and those accepted since. Admission goes by it, as a crowd may fill the queue within the second between two counts.';
revoke all on function private.waiting_now() from public, anon, authenticated, service_role;
grant execute on function private.waiting_now() to service_role;
