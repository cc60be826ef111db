-- Beyond what is counted the queue's length is read off its ends, so that a lane's row knows what it will join.
create or replace function private.queue_tail(
  out oldest_message_id bigint,
  out in_queue integer,
  out pending integer
)
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  exact_to constant integer := 200;
begin
  select min(g.message_id) into oldest_message_id from public.generations as g where g.status = 'PENDING';
  select count(*) into in_queue
  from (
    select 1 from public.generations as g where g.status = 'PENDING' and g.message_id is not null limit exact_to
  ) as queued;
  if in_queue = exact_to then
    select greatest(exact_to, max(g.message_id) - oldest_message_id + 1) into in_queue
    from public.generations as g where g.status = 'PENDING';
  end if;
  select count(*) into pending
  from (
    select 1 from public.generations as g where g.status = 'PENDING' limit exact_to
  ) as waiting;
  if pending = exact_to then
    select greatest(in_queue, q.waiting) into pending from private.queue_state as q;
  end if;
end;
$$;

comment on function private.queue_tail() is
  'What a new row waits behind: the oldest waiting message (null: none), PENDING rows in the queue (counted to 200, beyond that by their messages), and PENDING rows in all (counted to 200, beyond that as last counted by refresh_queue_state).';
