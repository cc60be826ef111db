-- One worker that hears "no such model" tells all the others; the last model gone pauses the provider.
create function public.retire_model(model text, models_left integer) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update private.provider_state as p
  set retired_models = p.retired_models || retire_model.model
  where not retire_model.model = any (p.retired_models);
  if models_left = 0 then
    perform private.pause_provider('money', format('No model left: %s was the last of OPENAI_IMAGE_MODELS', retire_model.model));
  end if;
end;
$$;

comment on function public.retire_model(text, integer) is
  'Notes a model the provider no longer has, so that every worker skips it; models_left: usable ones of the configured list (0 pauses). admin.resume() forgets retirements. Functions only.';

revoke all on function public.retire_model(text, integer) from public, anon, authenticated, service_role;
grant execute on function public.retire_model(text, integer) to service_role;
