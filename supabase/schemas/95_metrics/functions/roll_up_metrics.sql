-- Moves what has ended into private.metric_totals, so that reading counts the last minutes alone.
create function private.roll_up_metrics() returns void
language plpgsql
security invoker
set search_path = ''
as $$
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
$$;

comment on function private.roll_up_metrics() is
  'Counts attempts and ledger entries that are older than five minutes into private.metric_totals, each once. pg_cron runs it every minute.';

revoke all on function private.roll_up_metrics() from public, anon, authenticated, service_role;
