-- Measures how fast the queue refills and how much of it was cancelled, beside how long it is and how fast it moves.
create or replace function private.refresh_queue_state() returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  most integer;
  cut timestamptz;
  out_for_ms integer;
  counted_before timestamptz;
  period_seconds double precision;
begin
  if exists (
    select 1 from private.queue_state as q
    where q.refreshed_at > pg_catalog.clock_timestamp() - interval '1 second'
  ) or not pg_catalog.pg_try_advisory_xact_lock(7261, 4) then
    return;
  end if;

  select greatest(20000, least(200000, ceil(s.max_queue_seconds / nullif(speed.seconds_each, 0)) + 1)) into most
  from private.settings as s, private.queue_speed() as speed;
  cut := pg_catalog.clock_timestamp() - interval '1 second';
  select coalesce(nullif(q.settled_before, '-infinity'), cut - interval '1 minute') into counted_before
  from private.queue_state as q;
  period_seconds := greatest(1, extract(epoch from cut - counted_before));

  -- Over all slots: one call that hangs is no stall. At a steady pace those under way are half done on average,
  -- which is less than what finished ones took.
  select sum(extract(epoch from pg_catalog.clock_timestamp() - a.claimed_at) * 1000)
    / greatest(1, private.concurrency_limit()) into out_for_ms
  from private.generation_attempts as a
  where a.finished_at is null and a.provider_finished_at is null;

  update private.queue_state as q
  set
    waiting = counted.waiting,
    settled = counted.settled,
    settled_before = cut,
    arrivals_per_second = q.arrivals_per_second + (1 - exp(-period_seconds / 30))
      * (counted.arrived / period_seconds - q.arrivals_per_second),
    queued_share = case when counted.queued > 0 and counted.waiting < most
      then least(1, counted.queued / counted.messages::double precision) else 1 end,
    -- The mean says how fast the queue moves; the latest 200 attempts follow the provider within minutes.
    service_ms = greatest(50, out_for_ms, coalesce(
      (
        select avg(extract(epoch from coalesce(a.provider_finished_at, a.finished_at) - a.claimed_at) * 1000)
        from (
          select l.claimed_at, l.provider_finished_at, l.finished_at, l.outcome
          from private.generation_attempts as l
          order by l.claimed_at desc
          limit 200
        ) as a
        where a.outcome = 'completed'
      )::integer,
      q.service_ms
    )),
    refreshed_at = pg_catalog.clock_timestamp()
  from (
    select count(*) as waiting,
      count(*) filter (where pending.created_at < cut) as settled,
      -- Those who were started within the period are missed: where that is many, nobody waits for long.
      count(*) filter (where pending.created_at >= counted_before and pending.created_at < cut) as arrived,
      -- Of those alone who have committed: a message under way would look like one that was cancelled.
      count(*) filter (where pending.queued_at < cut) as queued,
      max(pending.message_id) filter (where pending.queued_at < cut)
        - min(pending.message_id) filter (where pending.queued_at < cut) + 1 as messages
    from (
      select g.created_at, g.queued_at, g.message_id
      from public.generations as g
      where g.status = 'PENDING'
      order by g.created_at
      limit most
    ) as pending
  ) as counted
  where q.singleton; -- the hosted Data API refuses an update without a where clause, in functions too
end;
$$;
