-- What the provider's list says of the configured models.
create function public.record_models(models jsonb) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into private.provider_models as m (model, is_listed, shutdown_date)
  select r.model, r.is_listed, r.shutdown_date
  from pg_catalog.jsonb_to_recordset(record_models.models) as r (model text, is_listed boolean, shutdown_date date)
  on conflict on constraint provider_models_pkey do update
  set is_listed = excluded.is_listed, shutdown_date = excluded.shutdown_date;
end;
$$;

comment on function public.record_models(jsonb) is
  'Notes [{"model", "is_listed", "shutdown_date"}]. Functions only.';

revoke all on function public.record_models(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.record_models(jsonb) to service_role;
