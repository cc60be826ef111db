-- Ends an attempt without a picture: FAILED and refunded, or back in the queue, by the kind of failure.
create function public.fail_generation(
  generation_id uuid,
  attempt integer,
  kind text,
  error_code text,
  error_message text,
  delay_ms integer default 0,
  retry_after_ms integer default null,
  model text default null,
  latency_ms integer default null,
  maybe_billed boolean default false,
  signature text default null,
  provider_request_id text default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  kind text := fail_generation.kind;
  generation public.generations := private.lock_generation(fail_generation.generation_id);
  wait_ms integer := greatest(0, fail_generation.delay_ms, fail_generation.retry_after_ms);
begin
  if fail_generation.kind not in (
    'permanent', 'transient', 'storage', 'rate', 'money', 'configuration', 'interrupted', 'released'
  ) then
    raise exception using
      errcode = '22023',
      message = format('Cannot fail an attempt as "%s": permanent, transient, storage, rate, money, configuration, interrupted or released is wanted', fail_generation.kind);
  end if;
  -- What fails the jobs of three users alike is not theirs: it would fail every job.
  if fail_generation.signature is not null
    and generation.status = 'PROCESSING' and generation.attempt = fail_generation.attempt
    and private.count_failure_streak(generation.user_id, fail_generation.signature) >= 3
  then
    kind := 'configuration';
  end if;
  if generation.status is distinct from 'PROCESSING'
    or generation.attempt <> fail_generation.attempt
    or not private.end_attempt(
      generation.id, generation.attempt, kind, fail_generation.error_code, fail_generation.error_message,
      fail_generation.model, fail_generation.latency_ms, maybe_billed => fail_generation.maybe_billed,
      provider_request_id => fail_generation.provider_request_id)
  then
    return pg_catalog.jsonb_build_object('outcome', 'stale', 'status', generation.status);
  end if;

  if kind in ('money', 'storage', 'configuration') then
    perform private.pause_provider(kind, fail_generation.error_message);
    -- Another job probes when the pause ends: one that only the provider's mood refuses must not be every probe.
    wait_ms := (
      select private.ms_until(p.paused_until) + 5000
      from private.provider_state as p
      where p.paused_until < 'infinity'
    );
    wait_ms := coalesce(wait_ms, 0);
  elsif kind = 'rate' then
    perform private.lower_pace(greatest(1000, coalesce(fail_generation.retry_after_ms, 0)), a.claimed_at)
    from private.generation_attempts as a
    where a.generation_id = generation.id and a.attempt = generation.attempt;
    wait_ms := (select greatest(wait_ms, private.ms_until(p.rate_paused_until)) from private.provider_state as p);
  end if;

  if kind = 'permanent'
    or (kind in ('transient', 'storage', 'interrupted') 
      and private.count_failed_attempts(generation.id) >= (select s.max_attempts from private.settings as s))
    -- Whatever max_attempts says: a picture is bought twice at the most.
    or private.count_purchases(generation.id) >= 2
    -- Refused for its rate as long as it may have waited in the queue.
    or (kind = 'rate' and generation.started_at < pg_catalog.clock_timestamp() - (
      select make_interval(secs => s.max_queue_seconds) from private.settings as s))
  then
    perform private.finish_without_picture(
      generation, 'FAILED', fail_generation.error_code, fail_generation.error_message);
    return pg_catalog.jsonb_build_object('outcome', 'failed', 'status', 'FAILED');
  end if;

  perform pgmq.set_vt('generations', generation.message_id, ceil(wait_ms / 1000.0)::integer);
  return pg_catalog.jsonb_build_object(
    'outcome', 'requeued', 'status', 'PROCESSING', 'retry_in_ms', ceil(wait_ms / 1000.0)::integer * 1000);
end;
$$;

comment on function public.fail_generation(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text, text) is
  'Ends an attempt. kind: permanent; transient, storage, interrupted (spend an attempt); rate, money, configuration, released (do not). signature: what every job that fails for this cause has in common; null where the job itself is to blame: of the third user in a row it is taken for configuration. maybe_billed: the provider may bill the call; after two such calls it is FAILED. error_code of the public contract is used if it becomes FAILED. delay_ms: backoff; retry_after_ms: what the provider asked. Gives {"outcome": failed | requeued | stale, "status", "retry_in_ms"}. Functions only.';

revoke all on function public.fail_generation(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text, text)
  from public, anon, authenticated, service_role;
grant execute on function public.fail_generation(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text, text)
  to service_role;
