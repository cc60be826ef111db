-- The body of 202, but for the channel.
create function private.submission_answer(generation public.generations, credits integer, estimate jsonb)
returns jsonb
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'id', (generation).id,
    'status', (generation).status,
    'created_at', (generation).created_at,
    'credits', submission_answer.credits,
    'queue', submission_answer.estimate,
    'poll_after_ms', private.poll_after_ms((generation).status, (submission_answer.estimate ->> 'eta_seconds')::integer)
  );
end;
$$;

comment on function private.submission_answer(public.generations, integer, jsonb) is
  '{id, status, created_at, credits, queue, poll_after_ms} of an accepted generation. credits: the balance after it; estimate: as private.queue_estimate.';

revoke all on function private.submission_answer(public.generations, integer, jsonb) from public, anon, authenticated, service_role;
grant execute on function private.submission_answer(public.generations, integer, jsonb) to service_role;
