-- One worker that hears "no such model" spares all others the call; the last model gone pauses the provider.
create function public.retire_model(model text, models_left integer) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into private.provider_models as m (model, retired_at)
  values (retire_model.model, pg_catalog.clock_timestamp())
  on conflict on constraint provider_models_pkey do update set retired_at = excluded.retired_at;
  if models_left = 0 then
    perform private.pause_provider(
      'money', format('No model left: %s was the last of OPENAI_IMAGE_MODELS', retire_model.model));
  end if;
end;
$$;

comment on function public.retire_model(text, integer) is
  'Notes a model the provider does not have, so that every worker skips it (private.retired_models); models_left: usable ones of the configured list (0 pauses). admin.resume() forgets retirements. Functions only.';

revoke all on function public.retire_model(text, integer) from public, anon, authenticated, service_role;
grant execute on function public.retire_model(text, integer) to service_role;
