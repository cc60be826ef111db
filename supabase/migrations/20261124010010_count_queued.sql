-- The queue's head is counted along its index whatever the statistics say: those of a quiet night expect a few rows,
-- for which all of a long queue would be read first.
create function private.count_queued(most integer) returns integer
language plpgsql
volatile
security invoker
set search_path = ''
set enable_seqscan = off
set enable_bitmapscan = off
as $$
begin
  return (
    select count(*)
    from (
      select 1 from public.generations as g
      where g.status = 'PENDING' and g.message_id is not null
      limit count_queued.most
    ) as queued
  );
end;
$$;

comment on function private.count_queued(integer) is 'PENDING generations in the queue, counted to that many.';
revoke all on function private.count_queued(integer) from public, anon, authenticated, service_role;
grant execute on function private.count_queued(integer) to service_role;
