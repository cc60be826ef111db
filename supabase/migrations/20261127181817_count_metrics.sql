-- Count metrics. Generated from supabase/schemas.
SET local check_function_bodies = off;

CREATE TABLE "private"."metric_totals" (
  "metric" text   NOT NULL,
  "label"  text   NOT NULL,
  "total"  bigint NOT NULL,
  CONSTRAINT "metric_totals_pkey" PRIMARY KEY (metric, label),
  CONSTRAINT "metric_totals_total_not_negative" CHECK ((total >= 0))
);

ALTER TABLE "private"."metric_totals"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "private"."metric_totals"
  SET (fillfactor=50);

CREATE TABLE "private"."metrics_state" (
  "singleton"         boolean                  NOT NULL DEFAULT true,
  "attempts_until"    timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp WITH time zone,
  "ledger_until"      bigint                   NOT NULL DEFAULT 0,
  "ledger_violations" integer,
  "ledger_checked_at" timestamp with time zone,
  CONSTRAINT "metrics_state_one_row" CHECK (singleton),
  CONSTRAINT "metrics_state_pkey" PRIMARY KEY (singleton)
);

ALTER TABLE "private"."metrics_state"
  ENABLE ROW LEVEL SECURITY;

CREATE OR REPLACE FUNCTION private.add_to_totals (
  counters jsonb
)
  RETURNS void
  LANGUAGE sql
  SET search_path TO ''
  AS $function$
  insert into private.metric_totals as t (metric, label, total)
  select c.metric, c.label, sum(c.total)
  from pg_catalog.jsonb_to_recordset(add_to_totals.counters) as c (metric text, label text, total bigint)
  group by c.metric, c.label
  order by c.metric, c.label
  on conflict on constraint metric_totals_pkey do update set total = t.total + excluded.total
$function$;

CREATE OR REPLACE FUNCTION private.check_ledger()
  RETURNS integer
  LANGUAGE sql
  SET search_path TO ''
  AS $function$
  update private.metrics_state as m
  set
    ledger_violations = (select count(*) from admin.ledger_violations),
    ledger_checked_at = pg_catalog.clock_timestamp()
  where m.singleton
  returning m.ledger_violations
$function$;

CREATE OR REPLACE FUNCTION private.count_attempts (
  ended_after timestamp with time zone,
  ended_by    timestamp with time zone
)
  RETURNS TABLE (
    metric text,
    label  text,
    total  bigint
  )
  LANGUAGE sql
  STABLE
  SET search_path TO ''
  AS $function$
  with ended as materialized (
    select a.outcome, a.latency_ms
    from private.generation_attempts as a
    where a.finished_at > count_attempts.ended_after and a.finished_at <= count_attempts.ended_by
  ), bound as (
    select array[1000, 2500, 5000, 10000, 15000, 20000, 30000, 45000, 60000, 90000, 120000, 180000, 300000] as ms
  )
  select 'attempts', e.outcome, count(*) from ended as e group by e.outcome
  union all
  -- By the upper bound of its bucket in milliseconds; above the last: empty.
  select 'provider_calls', coalesce(b.ms[width_bucket(e.latency_ms - 1, b.ms) + 1]::text, ''), count(*)
  from ended as e cross join bound as b
  where e.outcome = 'completed' and e.latency_ms is not null
  group by 2
  union all
  select 'provider_milliseconds', '', coalesce(sum(e.latency_ms), 0)
  from ended as e
  where e.outcome = 'completed'
$function$;

CREATE OR REPLACE FUNCTION private.count_ledger (
  after_id bigint,
  last_id  bigint
)
  RETURNS TABLE (
    metric text,
    label  text,
    total  bigint
  )
  LANGUAGE sql
  STABLE
  SET search_path TO ''
  AS $function$
  with entry as materialized (
    select l.kind, l.delta from public.credit_ledger as l
    where l.id > count_ledger.after_id and l.id <= count_ledger.last_id
  )
  select 'ledger_entries', e.kind, count(*) from entry as e group by e.kind
  union all
  select 'credits_added', e.kind, sum(e.delta) from entry as e where e.delta > 0 group by e.kind
  union all
  select 'credits_taken', e.kind, -sum(e.delta) from entry as e where e.delta < 0 group by e.kind
$function$;

CREATE OR REPLACE FUNCTION private.last_sweep()
  RETURNS timestamp WITH time zone
  LANGUAGE sql
  STABLE
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
  select r.end_time
  from cron.job_run_details as r
  join cron.job as j on j.jobid = r.jobid
  where j.jobname = 'sweep' and r.status = 'succeeded'
  -- Along the primary key: the latest is at its end.
  order by r.runid desc
  limit 1
$function$;

CREATE OR REPLACE FUNCTION private.roll_up_metrics()
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  state private.metrics_state;
  -- Whatever was under way then is committed by now: no transaction of the functions lasts as long.
  settled timestamptz := pg_catalog.clock_timestamp() - interval '5 minutes';
  last_id bigint;
begin
  select m.* into state from private.metrics_state as m for update;
  -- A clock that was set back must not count anything twice.
  settled := greatest(settled, state.attempts_until);
  select max(l.id) into last_id
  from public.credit_ledger as l
  where l.id > state.ledger_until and l.created_at <= settled;
  last_id := coalesce(last_id, state.ledger_until);

  perform private.add_to_totals((
    select coalesce(jsonb_agg(c), '[]')
    from (
      select * from private.count_attempts(state.attempts_until, settled)
      union all
      select * from private.count_ledger(state.ledger_until, last_id)
    ) as c));
  update private.metrics_state as m set attempts_until = settled, ledger_until = last_id where m.singleton;
end;
$function$;

CREATE OR REPLACE FUNCTION public.count_events (
  events jsonb
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
begin
  perform private.add_to_totals((
    select coalesce(jsonb_agg(e), '[]')
    from pg_catalog.jsonb_to_recordset(count_events.events) as e (metric text, label text, total bigint)
    where e.metric in ('refusals', 'cold_starts') and length(e.label) <= 64 and e.total > 0));
end;
$function$;

REVOKE ALL ON FUNCTION "public"."count_events"(jsonb) FROM PUBLIC, "anon", "authenticated";

CREATE OR REPLACE FUNCTION public.read_metrics()
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
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
$function$;

REVOKE ALL ON FUNCTION "public"."read_metrics"() FROM PUBLIC, "anon", "authenticated";

CREATE INDEX generation_attempts_finished_at_idx ON private.generation_attempts USING btree (finished_at)
  WHERE (finished_at IS NOT NULL);

COMMENT ON COLUMN "private"."metric_totals"."label" IS 'Outcome, bucket, kind, code or function; empty where there is one counter.';

COMMENT ON COLUMN "private"."metric_totals"."metric" IS 'attempts, provider_calls, provider_milliseconds, credits_added, credits_taken, ledger_entries, refusals, cold_starts.';

COMMENT ON COLUMN "private"."metric_totals"."total" IS 'Since the beginning.';

COMMENT ON COLUMN "private"."metrics_state"."attempts_until" IS 'Attempts that ended until then are in metric_totals; later ones are counted when they are asked for.';

COMMENT ON COLUMN "private"."metrics_state"."ledger_checked_at" IS 'When that was.';

COMMENT ON COLUMN "private"."metrics_state"."ledger_until" IS 'Entries of the ledger up to this id are in metric_totals.';

COMMENT ON COLUMN "private"."metrics_state"."ledger_violations" IS 'Rows of admin.ledger_violations at the last check; null: never checked.';

COMMENT ON COLUMN "private"."metrics_state"."singleton" IS 'Holds the table to one row.';

COMMENT ON FUNCTION "private"."add_to_totals"(jsonb) IS 'Adds [{"metric", "label", "total"}] to private.metric_totals.';

COMMENT ON FUNCTION "private"."check_ledger"() IS 'Counts admin.ledger_violations and notes it for GET /worker/metrics. pg_cron runs it every hour.';

COMMENT ON FUNCTION "private"."count_attempts"(timestamp with time zone, timestamp with time zone) IS 'Counters of the attempts that ended in (ended_after, ended_by]: attempts by outcome, provider_calls by bucket of latency, provider_milliseconds; the latter two of completed ones.';

COMMENT ON FUNCTION "private"."count_ledger"(bigint, bigint) IS 'Counters of the ledger''s entries with ids in (after_id, last_id]: ledger_entries, credits_added and credits_taken by kind.';

COMMENT ON FUNCTION "private"."last_sweep"() IS 'When the last sweep ended that succeeded; null: there was none within settings.cron_run_days.';

COMMENT ON FUNCTION "private"."roll_up_metrics"() IS 'Counts attempts and ledger entries that are older than five minutes into private.metric_totals, each once. pg_cron runs it every minute.';

COMMENT ON FUNCTION "public"."count_events"(jsonb) IS 'Adds [{"metric": refusals (label: code) | cold_starts (label: function), "label", "total"}] to the counters of GET /worker/metrics. Functions only.';

COMMENT ON FUNCTION "public"."read_metrics"() IS '{"gauges": {name: number}, "counters": [{"metric", "label", "total"}]} for GET /worker/metrics; gauges that are not known are left out. Functions only.';

COMMENT ON TABLE "private"."metric_totals" IS 'Counters: of attempts and of the ledger up to the marks of private.metrics_state; of what the functions report, all.';

COMMENT ON TABLE "private"."metrics_state" IS 'Marks of the counters and the last check of the ledger: one row.';

REVOKE ALL ON FUNCTION "private"."add_to_totals"(jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION "private"."add_to_totals"(jsonb) FROM "postgres";

GRANT EXECUTE ON FUNCTION "private"."add_to_totals"(jsonb) TO "postgres";

GRANT EXECUTE ON FUNCTION "private"."add_to_totals"(jsonb) TO "service_role";

REVOKE ALL ON FUNCTION "private"."check_ledger"() FROM PUBLIC;

REVOKE ALL ON FUNCTION "private"."check_ledger"() FROM "postgres";

GRANT EXECUTE ON FUNCTION "private"."check_ledger"() TO "postgres";

REVOKE ALL ON FUNCTION "private"."count_attempts"(timestamp WITH time zone, timestamp WITH time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION "private"."count_attempts"(timestamp WITH time zone, timestamp WITH time zone) FROM "postgres";

GRANT EXECUTE ON FUNCTION "private"."count_attempts"(timestamp WITH time zone, timestamp WITH time zone) TO "postgres";

GRANT EXECUTE ON FUNCTION "private"."count_attempts"(timestamp WITH time zone, timestamp WITH time zone) TO "service_role";

REVOKE ALL ON FUNCTION "private"."count_ledger"(bigint, bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION "private"."count_ledger"(bigint, bigint) FROM "postgres";

GRANT EXECUTE ON FUNCTION "private"."count_ledger"(bigint, bigint) TO "postgres";

GRANT EXECUTE ON FUNCTION "private"."count_ledger"(bigint, bigint) TO "service_role";

REVOKE ALL ON FUNCTION "private"."last_sweep"() FROM PUBLIC;

REVOKE ALL ON FUNCTION "private"."last_sweep"() FROM "postgres";

GRANT EXECUTE ON FUNCTION "private"."last_sweep"() TO "postgres";

GRANT EXECUTE ON FUNCTION "private"."last_sweep"() TO "service_role";

REVOKE ALL ON FUNCTION "private"."roll_up_metrics"() FROM PUBLIC;

REVOKE ALL ON FUNCTION "private"."roll_up_metrics"() FROM "postgres";

GRANT EXECUTE ON FUNCTION "private"."roll_up_metrics"() TO "postgres";

REVOKE ALL ON FUNCTION "public"."count_events"(jsonb) FROM "postgres";

GRANT EXECUTE ON FUNCTION "public"."count_events"(jsonb) TO "postgres";

GRANT EXECUTE ON FUNCTION "public"."count_events"(jsonb) TO "service_role";

REVOKE ALL ON FUNCTION "public"."read_metrics"() FROM "postgres";

GRANT EXECUTE ON FUNCTION "public"."read_metrics"() TO "postgres";

GRANT EXECUTE ON FUNCTION "public"."read_metrics"() TO "service_role";

GRANT INSERT, SELECT, UPDATE ON TABLE "private"."metric_totals" TO "service_role";

GRANT SELECT ON TABLE "private"."metrics_state" TO "service_role";

-- By hand: the row, and the schedules.
insert into private.metrics_state default values;
select cron.schedule('roll_up_metrics', '* * * * *', 'select private.roll_up_metrics()');
select cron.schedule('check_ledger', '23 * * * *', 'select private.check_ledger()');
