-- The body of 202, but for the channel.
create function private.submission_answer(generation public.generations, credits integer) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  place jsonb := private.queue_place(generation);
begin
  return pg_catalog.jsonb_build_object(
    'id', (generation).id,
    'status', (generation).status,
    'created_at', (generation).created_at,
    'credits', submission_answer.credits,
    'queue', place,
    'poll_after_ms', private.poll_after_ms((generation).status, (place ->> 'eta_seconds')::integer)
  );
end;
$$;

comment on function private.submission_answer(public.generations, integer) is
  '{id, status, created_at, credits, queue, poll_after_ms} of an accepted generation.';
revoke all on function private.submission_answer(public.generations, integer) from public, anon, authenticated, service_role;
grant execute on function private.submission_answer(public.generations, integer) to service_role;
