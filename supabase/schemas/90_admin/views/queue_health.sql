-- select * from admin.queue_health;
create view admin.queue_health with (security_invoker = true) as
select
  (select count(*) from public.generations as g where g.status = 'PENDING') as waiting,
  (select count(*) from public.generations as g where g.status = 'PROCESSING') as processing,
  private.slots_in_use() as in_flight,
  private.concurrency_limit() as concurrency_limit,
  s.max_concurrent,
  (
    select extract(epoch from pg_catalog.clock_timestamp() - min(g.created_at))::integer
    from public.generations as g
    where g.status = 'PENDING'
  ) as oldest_waiting_seconds,
  q.service_ms,
  private.expected_wait_seconds(
    private.queue_length(), 0, pace.starts_per_second, pace.service_seconds, pace.pause_seconds) as expected_wait_seconds,
  (select count(*) from private.generation_attempts as a
    where a.finished_at is null and a.lease_expires_at < pg_catalog.clock_timestamp()) as expired_leases,
  (select count(*) from pgmq.q_generations) as messages,
  (select count(*) from pgmq.a_generations) as dead_letters,
  p.pause_kind,
  p.pause_note,
  p.paused_until,
  p.rate_paused_until,
  private.retired_models() as retired_models,
  (
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'model', m.model, 'retired_at', m.retired_at, 'is_listed', m.is_listed, 'shutdown_date', m.shutdown_date)
      order by m.model)
    from private.provider_models as m
  ) as models,
  (
    select string_agg(format('%s ends on %s', m.model, m.shutdown_date), '; ' order by m.shutdown_date)
    from private.provider_models as m
    where m.shutdown_date <= current_date + 60
  ) as model_warning,
  (select d.at from private.doorbell as d where d.event = 'rung') as last_ring,
  (select d.error from private.doorbell as d where d.event = 'rung') as last_ring_error,
  (select d.at from private.doorbell as d where d.event = 'answered') as last_claim,
  (
    select max(r.end_time) from cron.job_run_details as r
    join cron.job as j on j.jobid = r.jobid
    where j.jobname = 'sweep' and r.status = 'succeeded'
  ) as last_sweep,
  (
    select count(*) = 2 from vault.secrets as v where v.name in ('worker_url', 'worker_secret')
  ) as webhook_configured
from private.settings as s, private.provider_state as p, private.queue_state as q, private.queue_pace() as pace;

comment on view admin.queue_health is 'One row: what waits and runs, how long it will take, what is paused, when the worker was last rung and the sweep last ran.';

revoke all on admin.queue_health from public, anon, authenticated, service_role;
