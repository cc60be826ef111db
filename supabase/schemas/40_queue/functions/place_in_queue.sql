-- How many wait in the queue before a message: counted to 200, from there scaled by the message ids.
create function private.place_in_queue(message_id bigint) returns integer
language plpgsql
security invoker
set search_path = ''
-- The count follows the index and stops at 200, also where the statistics are of a quieter time.
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  counted constant integer := 200;
  head record;
begin
  select count(*) as places, min(first.message_id) as oldest, max(first.message_id) as newest into head
  from (
    select g.message_id
    from public.generations as g
    where g.status = 'PENDING' and g.message_id < place_in_queue.message_id
    order by g.message_id
    limit counted
  ) as first;
  return case
    when head.places < counted then head.places
    else least(1000000000, counted
      + (place_in_queue.message_id - head.newest - 1)::double precision * counted / (head.newest - head.oldest + 1))
  end;
end;
$$;

comment on function private.place_in_queue(bigint) is
  'PENDING generations whose message is older than message_id: exact below 200, estimated beyond. Cannot raise.';

revoke all on function private.place_in_queue(bigint) from public, anon, authenticated, service_role;
grant execute on function private.place_in_queue(bigint) to service_role;
