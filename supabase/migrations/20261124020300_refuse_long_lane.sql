-- Whoever would wait in the own lane is refused by the own wait: the queue's room is for everybody.
create function private.refuse_long_lane(user_id uuid) returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  longest integer := (select s.max_queue_seconds from private.settings as s);
  wait integer;
begin
  select t.wait_seconds into wait
  from (
    select count(*)::integer as unfinished, count(*) filter (where g.message_id is null)::integer as waiting,
      min(g.message_id) as first_message_id, max(g.message_id) as last_message_id
    from public.generations as g
    where g.user_id = refuse_long_lane.user_id and g.status in ('PENDING', 'PROCESSING')
  ) as own
  cross join lateral private.lane_turn(
    own.unfinished, own.waiting, own.waiting, own.first_message_id, own.last_message_id) as t;
  if wait > longest then
    raise exception using
      errcode = 'PX503',
      message = 'Behind your other generations this one would wait too long for now: nothing was charged',
      -- As admit.
      detail = pg_catalog.jsonb_build_object(
        'retry_after_seconds', least(300, greatest(1, ceil(longest / 20.0), wait - longest))::integer)::text;
  end if;
end;
$$;

comment on function private.refuse_long_lane(uuid) is
  'Raises PX503 when a further generation of the user, in the user''s lane, had to wait for longer than settings.max_queue_seconds.';
revoke all on function private.refuse_long_lane(uuid) from public, anon, authenticated, service_role;
grant execute on function private.refuse_long_lane(uuid) to service_role;
