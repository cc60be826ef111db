-- Where the submissions of a batch would wait: as lane_turn tells it, and each behind those before it in the batch.
create function private.placed_submissions(
  submissions jsonb,
  room integer,
  tail record,
  speed record,
  leaving double precision[]
) returns table (
  place integer,
  generation_id uuid,
  user_id uuid,
  prompt text,
  size text,
  quality text,
  output_format text,
  idempotency_key text,
  request_hash text,
  enforce_rate_limit boolean,
  price integer,
  balance integer,
  enters_queue boolean,
  lane_place integer,
  lane_seconds integer
)
language plpgsql
security invoker
set search_path = ''
-- Planning it anew takes as long as running it for ten submissions.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  tuning private.settings;
  load private.queue_state;
begin
  select s.* into tuning from private.settings as s;
  select q.* into load from private.queue_state as q;

  return query
  with acceptable as materialized (
    select a.*, a.in_queue < tuning.per_user_concurrency as enters_queue,
      (count(*) filter (where a.in_queue < tuning.per_user_concurrency)
        over (order by a.place rows between unbounded preceding and 1 preceding))::integer as earlier_in_queue,
      (count(*) filter (where a.in_queue >= tuning.per_user_concurrency)
        over (order by a.place rows between unbounded preceding and 1 preceding))::integer as earlier_in_lanes
    from (select f.* from private.acceptable_submissions(submissions) as f order by f.place limit room) as a
  )
  select a.place, a.generation_id, a.user_id, a.prompt, a.size, a.quality, a.output_format, a.idempotency_key,
    a.request_hash, a.enforce_rate_limit, a.price, a.balance, a.enters_queue, lane.place, wait.seconds
  from acceptable as a
  cross join lateral (
    select case when not a.enters_queue then private.lane_place(
      a.unfinished, a.unfinished - a.in_queue, tail.in_queue + a.earlier_in_queue,
      greatest(0, tail.pending - tail.in_queue - (a.unfinished - a.in_queue)) + a.earlier_in_lanes) end as place
    offset 0 -- evaluated once, though it is used twice
  ) as lane
  cross join lateral (
    select case when not a.enters_queue then private.lane_served_before(
      a.unfinished, a.first_message_id - tail.oldest_message_id, a.last_message_id - tail.oldest_message_id,
      tail.in_queue + a.earlier_in_queue, lane.place, tuning.per_user_concurrency,
      load.arrivals_per_second * speed.seconds_each) end as before
    offset 0
  ) as served
  cross join lateral (
    select case when not a.enters_queue then greatest(
      private.wait_behind(served.before, speed, tuning.images_per_minute, leaving),
      ceil(a.unfinished / tuning.per_user_concurrency * load.service_ms / 1000.0)
    )::integer end as seconds
    offset 0
  ) as wait
  where a.enters_queue or wait.seconds <= tuning.max_queue_seconds;
end;
$$;

comment on function private.placed_submissions(jsonb, integer, record, record, double precision[]) is
  'The first room of acceptable_submissions, and whether each enters the queue; else the place and the wait in its user''s lane (lane_turn). tail: queue_tail; speed: queue_speed; leaving: budget_leaving. Left out: whoever would wait there for longer than settings.max_queue_seconds.';
revoke all on function private.placed_submissions(jsonb, integer, record, record, double precision[])
  from public, anon, authenticated, service_role;
grant execute on function private.placed_submissions(jsonb, integer, record, record, double precision[]) to service_role;
