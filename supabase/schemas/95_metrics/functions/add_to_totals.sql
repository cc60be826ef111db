-- Adds counters to private.metric_totals, in one order, so that two who add do not wait for one another in a circle.
create function private.add_to_totals(counters jsonb) returns void
language sql
security invoker
set search_path = ''
as $$
  insert into private.metric_totals as t (metric, label, total)
  select c.metric, c.label, sum(c.total)
  from pg_catalog.jsonb_to_recordset(add_to_totals.counters) as c (metric text, label text, total bigint)
  group by c.metric, c.label
  order by c.metric, c.label
  on conflict on constraint metric_totals_pkey do update set total = t.total + excluded.total
$$;

comment on function private.add_to_totals(jsonb) is 'Adds [{"metric", "label", "total"}] to private.metric_totals.';

revoke all on function private.add_to_totals(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.add_to_totals(jsonb) to service_role;
