-- Counts the head of the queue, and reads what is behind it off the messages: the price of a count has a bound.
create or replace function private.refresh_queue_state() returns void
language plpgsql
security invoker
set search_path = ''
-- Its counts stop where they are meant to, whatever the statistics say (see count_queued).
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  most constant integer := 20000;
  cut timestamptz := pg_catalog.clock_timestamp() - interval '1 second';
  counted_before timestamptz;
  period_seconds double precision;
  head record;
  share double precision;
  queued integer;
  newer integer := 0;
  lanes record;
  arrived integer;
  measured_ms integer;
begin
  if exists (
    select 1 from private.queue_state as q
    where q.refreshed_at > pg_catalog.clock_timestamp() - interval '1 second'
  ) or not pg_catalog.pg_try_advisory_xact_lock(7261, 4) then
    return;
  end if;
  select coalesce(nullif(q.settled_before, '-infinity'), cut - interval '1 minute') into counted_before
  from private.queue_state as q;
  period_seconds := greatest(1, extract(epoch from cut - counted_before));
  measured_ms := private.measured_service_ms();

  select count(*) as queued, count(*) filter (where first.created_at < cut) as settled,
    min(first.message_id) as oldest,
    -- By those alone who have committed: a message under way would look like one that was cancelled.
    count(*) filter (where first.queued_at < cut) / (
      max(first.message_id) filter (where first.queued_at < cut)
      - min(first.message_id) filter (where first.queued_at < cut) + 1)::double precision as share
  into head
  from (
    select g.created_at, g.queued_at, g.message_id
    from public.generations as g
    where g.status = 'PENDING' and g.message_id is not null
    order by g.message_id
    limit most
  ) as first;
  share := least(1, coalesce(head.share, 1));
  queued := head.queued;
  if queued = most then
    queued := greatest(most, round(share * (1 - head.oldest + (
      select max(g.message_id) from public.generations as g where g.status = 'PENDING'))));
    select count(*) into newer
    from (
      select 1 from public.generations as g
      where g.status = 'PENDING' and g.created_at >= cut and g.message_id is not null limit most
    ) as latest;
  end if;
  select count(*) as waiting, count(*) / nullif(count(distinct l.user_id), 0)::double precision as length into lanes
  from (
    select g.user_id from public.generations as g where g.status = 'PENDING' and g.message_id is null limit most
  ) as l;
  -- Those who were started within the period are missed: where that is many, nobody waits for long.
  select count(*) into arrived
  from (
    select 1 from public.generations as g
    where g.status = 'PENDING' and g.created_at >= counted_before and g.created_at < cut limit most
  ) as late;

  update private.queue_state as q
  set
    waiting = queued + lanes.waiting,
    lane_length = coalesce(lanes.length, 1),
    settled = case when head.queued = most then queued - newer else head.settled end,
    settled_before = cut,
    arrivals_per_second = q.arrivals_per_second + (1 - exp(-period_seconds / 30))
      * (arrived / period_seconds - q.arrivals_per_second),
    queued_share = share,
    service_ms = measured_ms,
    refreshed_at = pg_catalog.clock_timestamp()
  where q.singleton; -- the hosted Data API refuses an update without a where clause, in functions too
end;
$$;

comment on column private.queue_state.waiting is 'PENDING generations; of those in the queue and those in lanes each counted up to 20,000, in the queue estimated beyond.';
comment on column private.queue_state.settled is 'PENDING generations in the queue that were created before settled_before.';
