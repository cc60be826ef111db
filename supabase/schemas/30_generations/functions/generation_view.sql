-- A generation as the functions answer it.
create function private.generation_view(generation public.generations) returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  place jsonb := private.queue_estimate(generation);
begin
  return pg_catalog.jsonb_build_object(
    'id', (generation).id,
    'status', (generation).status,
    'prompt', (generation).prompt,
    'size', (generation).size,
    'quality', (generation).quality,
    'output_format', (generation).output_format,
    'attempt', (generation).attempt,
    'created_at', (generation).created_at,
    'started_at', (generation).started_at,
    'finished_at', (generation).finished_at,
    'public_url', (generation).public_url,
    'error_code', (generation).error_code,
    'queue', place,
    'poll_after_ms', private.poll_after_ms((generation).status, (place ->> 'eta_seconds')::integer),
    'version', (generation).version
  );
end;
$$;

comment on function private.generation_view(public.generations) is
  'JSON of GET /generation/{id}, with error_code in place of error. poll_after_ms is 0 once finished.';

revoke all on function private.generation_view(public.generations) from public, anon, authenticated, service_role;
grant execute on function private.generation_view(public.generations) to service_role;
