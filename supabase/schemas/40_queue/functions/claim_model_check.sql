-- Lets one worker a day ask for the provider's list of models.
create function public.claim_model_check() returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
begin
  update private.provider_state as p
  set models_checked_at = instant
  where p.singleton
    and (p.models_checked_at between instant - interval '1 day' and instant) is not true;
  return found;
end;
$$;

comment on function public.claim_model_check() is
  'True once a day, for the worker that is to ask (public.record_models). Functions only.';

revoke all on function public.claim_model_check() from public, anon, authenticated, service_role;
grant execute on function public.claim_model_check() to service_role;
