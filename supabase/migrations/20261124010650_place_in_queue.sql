-- A place is counted near the head, and beyond that read off the messages, but for those that were cancelled.
create function private.place_in_queue(message_id bigint) returns integer
language plpgsql
volatile
security invoker
set search_path = ''
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  exact_to constant integer := 200;
  place integer;
begin
  select count(*) into place
  from (
    select 1 from public.generations as g
    where g.status = 'PENDING' and g.message_id < place_in_queue.message_id
    limit exact_to
  ) as earlier;
  if place = exact_to then
    select greatest(exact_to, round(q.queued_share * (place_in_queue.message_id - (
      select min(g.message_id) from public.generations as g where g.status = 'PENDING')))) into place
    from private.queue_state as q;
  end if;
  return place;
end;
$$;

comment on function private.place_in_queue(bigint) is
  'PENDING generations before a message in the queue: counted to 200, beyond that by the messages and queue_state.queued_share.';
revoke all on function private.place_in_queue(bigint) from public, anon, authenticated, service_role;
grant execute on function private.place_in_queue(bigint) to service_role;
