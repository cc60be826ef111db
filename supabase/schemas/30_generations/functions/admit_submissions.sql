-- Of checked submissions those whose wait would not pass max_queue_seconds, with their places; by a count without a lock.
create function private.admit_submissions(submissions jsonb, locked_user_ids uuid[]) returns table (
  place integer,
  submission jsonb,
  user_id uuid,
  outcome text,
  refusal jsonb,
  answer jsonb,
  rate_limit jsonb,
  price integer,
  balance integer,
  enters_queue boolean,
  estimate jsonb
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
  pace record;
  queue_length integer := private.queue_length();
begin
  select s.* into tuning from private.settings as s;
  pace := private.queue_pace();
  return query
  with checked as materialized (
    select c.*, c.outcome = 'accepted' and c.in_queue < tuning.per_user_concurrency as enters_queue
    from private.check_submissions(admit_submissions.submissions, admit_submissions.locked_user_ids) as c
  ), placed as materialized (
    select c.*,
      queue_length + count(*) filter (where c.enters_queue) over (
        order by c.place rows between unbounded preceding and 1 preceding) as length,
      case when c.enters_queue then 0 else c.unfinished / tuning.per_user_concurrency end as lane_rounds
    from checked as c
  ), waiting as materialized (
    select p.*, own.ahead, private.expected_wait_seconds(
      own.ahead, p.lane_rounds, pace.starts_per_second, pace.service_seconds, pace.pause_seconds) as wait_seconds
    from placed as p
    cross join lateral (select p.length * greatest(1, p.lane_rounds) as ahead) as own
  )
  select
    w.place, w.submission, w.user_id,
    case when too_long.refusal is null then w.outcome else 'refused' end,
    coalesce(w.refusal, too_long.refusal), w.answer, w.rate_limit, w.price, w.balance, w.enters_queue,
    pg_catalog.jsonb_build_object(
      'position', w.ahead + 1, 'eta_seconds', w.wait_seconds + pace.service_seconds)
  from waiting as w
  cross join lateral (
    select case when w.outcome = 'accepted' and w.wait_seconds > tuning.max_queue_seconds then private.refusal(
      'PX503', 'The queue is full for now: nothing was charged',
      -- At least a twentieth of the longest wait: a client that returns each second spends its rate limit on refusals.
      pg_catalog.jsonb_build_object('retry_after_seconds', least(300, greatest(
        1, ceil(tuning.max_queue_seconds / 20.0), w.wait_seconds - tuning.max_queue_seconds)))) end as refusal
  ) as too_long;
end;
$$;

comment on function private.admit_submissions(jsonb, uuid[]) is
  'private.check_submissions, and for each accepted one whether it enters the queue and its estimate {"position", "eta_seconds"}; refused (PX503) where it would wait to start for longer than settings.max_queue_seconds. Submissions that other transactions are accepting at this moment are not counted.';

revoke all on function private.admit_submissions(jsonb, uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.admit_submissions(jsonb, uuid[]) to service_role;
