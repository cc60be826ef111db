-- Trace in order. Generated from supabase/schemas.
SET local check_function_bodies = off;

CREATE OR REPLACE FUNCTION admin.trace_attempts (
  generation public.generations
)
  RETURNS TABLE (
    at     timestamp with time zone,
    place  integer,
    event  text,
    detail jsonb
  )
  LANGUAGE sql
  STABLE
  SET search_path TO ''
  AS $function$
  select e.at, 6 + e.step, e.event, jsonb_build_object('attempt', a.attempt) || e.detail
  from private.generation_attempts as a
  cross join lateral (values
    (a.claimed_at, 1, 'claimed', jsonb_build_object(
      'worker_id', a.worker_id,
      'lease_expires_at', case when a.finished_at is null then a.lease_expires_at end)),
    -- The worker reports the answer with its next claim, which may come after the outcome.
    (case when a.provider_finished_at is not null then least(a.provider_finished_at, a.finished_at) end, 2, 'provider answered', jsonb_build_object(
      'model', a.model, 'latency_ms', a.latency_ms, 'provider_request_id', a.provider_request_id)),
    (a.finished_at, 3, 'attempt ended: ' || a.outcome, jsonb_build_object(
      'error_code', a.error_code, 'error_message', a.error_message, 'model', a.model, 'latency_ms', a.latency_ms,
      'provider_request_id', a.provider_request_id, 'maybe_billed', nullif(a.maybe_billed, false),
      'tokens', a.usage -> 'total_tokens'))
  ) as e (at, step, event, detail)
  where a.generation_id = (generation).id and e.at is not null
$function$;
