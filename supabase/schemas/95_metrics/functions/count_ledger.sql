-- Counters of the ledger's entries after an id, up to and with another.
create function private.count_ledger(after_id bigint, last_id bigint)
returns table (metric text, label text, total bigint)
language sql
stable
security invoker
set search_path = ''
as $$
  with entry as materialized (
    select l.kind, l.delta from public.credit_ledger as l
    where l.id > count_ledger.after_id and l.id <= count_ledger.last_id
  )
  select 'ledger_entries', e.kind, count(*) from entry as e group by e.kind
  union all
  select 'credits_added', e.kind, sum(e.delta) from entry as e where e.delta > 0 group by e.kind
  union all
  select 'credits_taken', e.kind, -sum(e.delta) from entry as e where e.delta < 0 group by e.kind
$$;

comment on function private.count_ledger(bigint, bigint) is
  'Counters of the ledger''s entries with ids in (after_id, last_id]: ledger_entries, credits_added and credits_taken by kind.';

revoke all on function private.count_ledger(bigint, bigint) from public, anon, authenticated, service_role;
grant execute on function private.count_ledger(bigint, bigint) to service_role;
