-- Where a waiting generation stands: {"position", "eta_seconds"}. Exact near the head, an estimate far behind it,
-- so that a long queue makes no answer slow.
create function private.queue_place(generation public.generations) returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  exact_to constant integer := 200;
  load private.queue_state;
  place integer;
  wait integer;
begin
  if (generation).status <> 'PENDING' then
    return null;
  end if;
  select q.* into load from private.queue_state as q;

  if (generation).message_id is not null then
    select (generation).message_id - min(g.message_id) into place
    from public.generations as g where g.status = 'PENDING';
    if place <= exact_to then
      select count(*) into place
      from public.generations as g
      where g.status = 'PENDING' and g.message_id < (generation).message_id;
    end if;
    wait := private.expected_wait_seconds(place);
  else
    if load.waiting >= exact_to and (generation).created_at >= load.refreshed_at then
      place := load.waiting; -- all that was counted is older
    else
      select count(*) into place
      from (
        select 1 from public.generations as g
        where g.status = 'PENDING' and g.created_at < (generation).created_at
        limit exact_to
      ) as ahead;
      if place = exact_to then
        place := greatest(exact_to, load.waiting);
      end if;
    end if;
    -- However short the queue: its user's own come first, no more at a time than the lane lets through.
    select greatest(private.expected_wait_seconds(place), ceil(
      (count(*) / s.per_user_concurrency) * load.service_ms / 1000.0)) into wait
    from private.settings as s
    left join public.generations as own
      on own.user_id = (generation).user_id and own.status in ('PENDING', 'PROCESSING')
      and own.created_at < (generation).created_at
    group by s.per_user_concurrency;
  end if;

  return pg_catalog.jsonb_build_object(
    'position', place + 1, 'eta_seconds', wait + ceil(load.service_ms / 1000.0)::integer);
end;
$$;

comment on function private.queue_place(public.generations) is
  'Place of a PENDING generation, from 1, and expected seconds until its picture; null for any other status.';
revoke all on function private.queue_place(public.generations) from public, anon, authenticated, service_role;
grant execute on function private.queue_place(public.generations) to service_role;
