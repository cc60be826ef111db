-- Everything GET /worker/metrics tells, in one call: gauges as they stand, counters from the beginning.
create function public.read_metrics() returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
  state private.metrics_state;
  swept_at timestamptz := private.last_sweep();
  gauges jsonb;
  counters jsonb;
begin
  select m.* into state from private.metrics_state as m;
  select jsonb_build_object(
    'generations_pending', (select count(*) from public.generations as g where g.status = 'PENDING'),
    'generations_processing', (select count(*) from public.generations as g where g.status = 'PROCESSING'),
    'oldest_pending_seconds', (
      select greatest(0, extract(epoch from instant - min(g.created_at)))
      from public.generations as g where g.status = 'PENDING'),
    'in_flight', private.slots_in_use(),
    'concurrency_limit', private.concurrency_limit(),
    'service_seconds', q.service_ms / 1000.0,
    'expired_leases', (
      select count(*) from private.generation_attempts as a
      where a.finished_at is null and a.lease_expires_at < instant),
    'pause_kind', case when p.paused_until > instant then p.pause_kind end,
    'rate_paused', coalesce(p.rate_paused_until > instant, false),
    'sweep_age_seconds', extract(epoch from instant - swept_at),
    'object_deletions', (select count(*) from private.object_deletions),
    'ledger_violations', state.ledger_violations,
    'ledger_check_age_seconds', extract(epoch from instant - state.ledger_checked_at))
  into gauges
  from private.provider_state as p, private.queue_state as q;

  select jsonb_agg(jsonb_build_object('metric', c.metric, 'label', c.label, 'total', c.total) order by c.metric, c.label)
  into counters
  from (
    select u.metric, u.label, sum(u.total) as total
    from (
      select t.metric, t.label, t.total from private.metric_totals as t
      union all
      select * from private.count_attempts(state.attempts_until, 'infinity')
      union all
      select * from private.count_ledger(state.ledger_until, 9223372036854775807)
    ) as u
    group by u.metric, u.label
  ) as c;
  return jsonb_build_object('gauges', jsonb_strip_nulls(gauges), 'counters', coalesce(counters, '[]'));
end;
$$;

comment on function public.read_metrics() is
  '{"gauges": {name: number}, "counters": [{"metric", "label", "total"}]} for GET /worker/metrics; gauges that are not known are left out. Functions only.';

revoke all on function public.read_metrics() from public, anon, authenticated, service_role;
grant execute on function public.read_metrics() to service_role;
