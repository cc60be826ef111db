-- Looks for violations of the ledger and notes how many there are: the view reads every row, which no scrape should.
create function private.check_ledger() returns integer
language sql
security invoker
set search_path = ''
as $$
  update private.metrics_state as m
  set
    ledger_violations = (select count(*) from admin.ledger_violations),
    ledger_checked_at = pg_catalog.clock_timestamp()
  where m.singleton
  returning m.ledger_violations
$$;

comment on function private.check_ledger() is 'Counts admin.ledger_violations and notes it for GET /worker/metrics. pg_cron runs it every hour.';

revoke all on function private.check_ledger() from public, anon, authenticated, service_role;
