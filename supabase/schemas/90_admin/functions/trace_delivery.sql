-- Of admin.trace: what its owner was told, and how.
create function admin.trace_delivery(generation public.generations)
returns table (at timestamptz, place integer, event text, detail jsonb)
language sql
stable
security invoker
set search_path = ''
as $$
  select m.inserted_at at time zone 'utc', 10, 'broadcast', jsonb_build_object(
    'status', m.payload -> 'status', 'version', m.payload -> 'version', 'preview_url', m.payload -> 'preview_url')
  from realtime.messages as m
  where m.topic = 'user:' || (generation).user_id
    -- By the begin of their transactions; spares older partitions.
    and m.inserted_at >= (generation).created_at at time zone 'utc' - interval '1 minute'
    and m.payload ->> 'id' = (generation).id::text
  union all
  select e.at, 11, e.event, e.detail
  from private.bot_messages as b
  cross join lateral (values
    (b.planned_at, 'bot message planned', '{}'::jsonb),
    (b.seen_at, 'picture fetched', '{}'),
    (b.sent_at, 'bot message handed over', jsonb_build_object('outcome', b.outcome, 'tries', b.tries))
  ) as e (at, event, detail)
  where b.generation_id = (generation).id and e.at is not null
  union all
  select d.requested_at, 11, 'removal of the picture asked for', '{}'
  from private.object_deletions as d
  where d.object_key = private.object_key(generation)
  union all
  select (generation).deleted_at, 12, 'removed by its owner', '{}'
  where (generation).deleted_at is not null
$$;

comment on function admin.trace_delivery(public.generations) is
  'Events of what a generation''s owner was told: broadcasts, bot message, removal.';

revoke all on function admin.trace_delivery(public.generations) from public, anon, authenticated, service_role;
