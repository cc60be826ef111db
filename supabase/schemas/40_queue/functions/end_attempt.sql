-- Ends an attempt with its outcome, unless it has already ended: the fence of every transition.
create function private.end_attempt(
  generation_id uuid,
  attempt integer,
  outcome text,
  error_code text default null,
  error_message text default null,
  model text default null,
  latency_ms integer default null,
  usage jsonb default null,
  maybe_billed boolean default false,
  provider_request_id text default null
) returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update private.generation_attempts as a
  set
    outcome = end_attempt.outcome,
    error_code = end_attempt.error_code,
    error_message = left(end_attempt.error_message, 500),
    model = end_attempt.model,
    latency_ms = end_attempt.latency_ms,
    usage = end_attempt.usage,
    maybe_billed = end_attempt.maybe_billed,
    provider_request_id = left(end_attempt.provider_request_id, 200),
    finished_at = pg_catalog.clock_timestamp()
  where a.generation_id = end_attempt.generation_id
    and a.attempt = end_attempt.attempt
    and a.finished_at is null;
  return found;
end;
$$;

comment on function private.end_attempt(uuid, integer, text, text, text, text, integer, jsonb, boolean, text) is
  'Writes the outcome of a running attempt; false when that attempt has already ended.';

revoke all on function private.end_attempt(uuid, integer, text, text, text, text, integer, jsonb, boolean, text)
  from public, anon, authenticated, service_role;
grant execute on function private.end_attempt(uuid, integer, text, text, text, text, integer, jsonb, boolean, text) to service_role;
