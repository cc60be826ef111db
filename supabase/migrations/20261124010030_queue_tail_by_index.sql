-- Its counts stop where they are meant to, whatever the statistics say (see count_queued), and leave out the cancelled.
create or replace function private.queue_tail(
  out oldest_message_id bigint,
  out in_queue integer,
  out pending integer
)
language plpgsql
volatile
security invoker
set search_path = ''
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  exact_to constant integer := 200;
begin
  select min(g.message_id) into oldest_message_id from public.generations as g where g.status = 'PENDING';
  in_queue := private.count_queued(exact_to);
  if in_queue = exact_to then
    select greatest(exact_to, round(q.queued_share * (1 - oldest_message_id + (
      select max(g.message_id) from public.generations as g where g.status = 'PENDING')))) into in_queue
    from private.queue_state as q;
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
