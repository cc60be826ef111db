-- What the functions count themselves, as no row of the database tells it: refusals and cold starts.
create function public.count_events(events jsonb) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.add_to_totals((
    select coalesce(jsonb_agg(e), '[]')
    from pg_catalog.jsonb_to_recordset(count_events.events) as e (metric text, label text, total bigint)
    where e.metric in ('refusals', 'cold_starts') and length(e.label) <= 64 and e.total > 0));
end;
$$;

comment on function public.count_events(jsonb) is
  'Adds [{"metric": refusals (label: code) | cold_starts (label: function), "label", "total"}] to the counters of GET /worker/metrics. Functions only.';

revoke all on function public.count_events(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.count_events(jsonb) to service_role;
