-- What must be known of each submission before any is accepted: its refusal, its replay, or its price and its user's lane.
create function private.check_submissions(submissions jsonb, locked_user_ids uuid[]) returns table (
  place integer,
  submission jsonb,
  user_id uuid,
  outcome text,
  refusal jsonb,
  answer jsonb,
  rate_limit jsonb,
  price integer,
  balance integer,
  unfinished integer,
  in_queue integer
)
language plpgsql
security invoker
set search_path = ''
-- Planning it anew takes as long as running it for ten submissions. The kept plan looks every row up by its key, also
-- where it was made when the tables were small.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  tuning private.settings;
  paused_until timestamptz;
  retry_seconds integer := (select greatest(1, ceil(q.service_ms / 1000.0)) from private.queue_state as q);
begin
  select s.* into tuning from private.settings as s;
  select p.paused_until into paused_until
  from private.provider_state as p where p.paused_until > pg_catalog.clock_timestamp();
  return query
  with request as materialized (
    select
      r.ordinality::integer as place, r.value as submission,
      (r.value ->> 'user_id')::uuid as user_id,
      (r.value ->> 'user_id')::uuid = any (check_submissions.locked_user_ids)
        -- Of a user the first alone: the next one's balance and lane depend on it.
        and row_number() over (partition by r.value ->> 'user_id' order by r.ordinality) = 1 as is_locked
    from pg_catalog.jsonb_array_elements(check_submissions.submissions) with ordinality as r
  ), known as materialized (
    select
      r.*, u.credits, p.credits as price, k.answer, g as existing, own.unfinished, own.in_queue, own.blocked_until,
      case
        when u.id is null or s.id is not null
          then private.refusal('PX401', 'The session has ended: log in again')
        when r.is_locked and k.key is not null and k.request_hash is distinct from r.submission ->> 'request_hash'
          then private.refusal('PX409', 'This Idempotency-Key was used with another request body')
      end as refusal
    from request as r
    left join public.users as u on u.id = r.user_id and u.erased_at is null
    left join private.sessions as s on s.id = (r.submission ->> 'session_id')::uuid and s.revoked_at is not null
    left join public.prices as p on p.quality = r.submission ->> 'quality'
    left join private.idempotency_keys as k
      on k.user_id = r.user_id and k.key = r.submission ->> 'idempotency_key'
    -- The same request, sent again by the network stack below the function: it has been accepted.
    left join public.generations as g
      on g.id = (r.submission ->> 'generation_id')::uuid and g.user_id = r.user_id
    left join lateral (
      select count(*)::integer as unfinished, count(o.message_id)::integer as in_queue, (
        select b.finished_at + interval '1 hour'
        from public.generations as b
        where b.user_id = r.user_id and b.error_code = 'moderation_blocked'
        order by b.finished_at desc
        offset tuning.max_blocked_per_hour - 1
        limit 1
      ) as blocked_until
      from public.generations as o
      where o.user_id = r.user_id and o.status in ('PENDING', 'PROCESSING')
    ) as own on r.is_locked
  ), limited as materialized (
    select k.*, case
      when k.is_locked and k.refusal is null and k.answer is null and (k.existing).id is null
        and (k.submission -> 'enforce_rate_limit')::boolean
      then public.take_rate_limit_token('generation', k.user_id::text, tuning.rate_limit_per_minute)
    end as bucket
    from known as k
  ), checked as (
    select l.*, case
      when l.refusal is not null then l.refusal
      when not l.is_locked or l.answer is not null or (l.existing).id is not null then null
      when not (l.bucket -> 'allowed')::boolean then private.refusal(
        'PX429', format('Too many generations: %s a minute are allowed', l.bucket ->> 'limit'),
        l.bucket || pg_catalog.jsonb_build_object('retry_after_seconds', l.bucket -> 'reset_seconds'))
      when l.blocked_until > pg_catalog.clock_timestamp() then private.refusal(
        'PX431', format('Too many prompts were blocked by moderation: %s within an hour', tuning.max_blocked_per_hour),
        pg_catalog.jsonb_build_object('retry_after_seconds', greatest(1, private.ms_until(l.blocked_until) / 1000)))
      when paused_until is not null then private.refusal(
        'PX503', 'Generation is paused for now: nothing was charged', pg_catalog.jsonb_build_object(
          'retry_after_seconds', greatest(1, least(60, private.ms_until(paused_until) / 1000))))
      when l.unfinished >= tuning.max_pending_per_user then private.refusal(
        'PX430', format('Too many unfinished generations: %s of %s', l.unfinished, tuning.max_pending_per_user),
        pg_catalog.jsonb_build_object('retry_after_seconds', retry_seconds))
      when l.credits < l.price then private.refusal(
        'PX402', format('Not enough credits: this image costs %s, the balance is %s', l.price, l.credits))
    end as verdict
    from limited as l
  )
  select
    c.place, c.submission, c.user_id,
    case
      when c.verdict is not null then 'refused'
      when not c.is_locked then 'busy'
      when c.answer is not null then 'replayed'
      when (c.existing).id is not null then 'repeated'
      else 'accepted'
    end,
    c.verdict,
    case
      when c.verdict is not null or not c.is_locked then null
      when c.answer is not null then c.answer
      when (c.existing).id is not null then
        private.submission_answer(c.existing, c.credits, private.queue_estimate(c.existing))
    end,
    c.bucket, c.price, c.credits, c.unfinished, c.in_queue
  from checked as c;
end;
$$;

comment on function private.check_submissions(jsonb, uuid[]) is
  'For each of an array of submissions (see public.submit_generations) its place in it, from 1, and an outcome: refused (refusal), replayed (answer of the Idempotency-Key), repeated (answer; this very generation_id was accepted before), busy (its user is not among locked_user_ids, or is there with an earlier one), or accepted (price, balance, unfinished generations and those with a message), of which the expected wait alone is still to be judged. Takes the rate-limit tokens.';

revoke all on function private.check_submissions(jsonb, uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.check_submissions(jsonb, uuid[]) to service_role;
