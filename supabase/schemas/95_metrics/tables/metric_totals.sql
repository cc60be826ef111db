-- Counters for GET /worker/metrics: what has been counted for good. Never reset.
create table private.metric_totals (
  metric text not null,
  label text not null,
  total bigint not null,
  constraint metric_totals_pkey primary key (metric, label),
  constraint metric_totals_total_not_negative check (total >= 0)
) with (fillfactor = 50);

comment on table private.metric_totals is 'Counters: of attempts and of the ledger up to the marks of private.metrics_state; of what the functions report, all.';
comment on column private.metric_totals.metric is 'attempts, provider_calls, provider_milliseconds, credits_added, credits_taken, ledger_entries, refusals, cold_starts.';
comment on column private.metric_totals.label is 'Outcome, bucket, kind, code or function; empty where there is one counter.';
comment on column private.metric_totals.total is 'Since the beginning.';

alter table private.metric_totals enable row level security;

revoke all on table private.metric_totals from public, anon, authenticated, service_role;

grant select, insert, update on table private.metric_totals to service_role;
