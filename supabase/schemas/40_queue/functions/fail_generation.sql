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
  latency_ms integer default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations := private.lock_generation(fail_generation.generation_id);
  wait_ms integer := greatest(0, fail_generation.delay_ms, fail_generation.retry_after_ms);
  spent integer;
begin
  if fail_generation.kind not in (
    'permanent', 'transient', 'storage', 'rate', 'money', 'interrupted', 'released'
  ) then
    raise exception using
      errcode = '22023',
      message = format('Cannot fail an attempt as "%s": permanent, transient, storage, rate, money, interrupted or released is wanted', fail_generation.kind);
  end if;
  if generation.status is distinct from 'PROCESSING'
    or generation.attempt <> fail_generation.attempt
    or not private.end_attempt(
      generation.id, generation.attempt, fail_generation.kind, fail_generation.error_code,
      fail_generation.error_message, fail_generation.model, fail_generation.latency_ms)
  then
    return pg_catalog.jsonb_build_object('outcome', 'stale', 'status', generation.status);
  end if;
  spent := private.count_failed_attempts(generation.id);

  if fail_generation.kind in ('money', 'storage') then
    perform private.pause_provider(fail_generation.kind, fail_generation.error_message);
    -- Another job probes when the pause ends: one that only the provider's mood refuses must not be every probe.
    wait_ms := (
      select private.ms_until(p.paused_until) + 5000
      from private.provider_state as p
      where p.paused_until < 'infinity'
    );
    wait_ms := coalesce(wait_ms, 0);
  elsif fail_generation.kind = 'rate' then
    perform private.lower_pace(greatest(1000, coalesce(fail_generation.retry_after_ms, 0)), a.claimed_at)
    from private.generation_attempts as a
    where a.generation_id = generation.id and a.attempt = generation.attempt;
    -- Where others wait, the oldest job would be the first of every round, and a short flood would spend its
    -- attempts: one that was refused again, or was the only call, steps behind them.
    wait_ms := (
      select greatest(wait_ms, private.ms_until(p.rate_paused_until)
        + case
          when (spent > 1 or p.concurrency_limit = 1)
            and exists (select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp())
            then least(60000, 5000 * power(3, least(spent, 10) - 1))
          else 0
        end)
      from private.provider_state as p
    );
  end if;

  if fail_generation.kind = 'permanent' or (
    fail_generation.kind not in ('money', 'released')
    and spent >= (select s.max_attempts from private.settings as s)
  ) then
    perform private.finish_without_picture(
      generation, 'FAILED', fail_generation.error_code, fail_generation.error_message);
    return pg_catalog.jsonb_build_object('outcome', 'failed', 'status', 'FAILED');
  end if;

  perform pgmq.set_vt('generations', generation.message_id, ceil(wait_ms / 1000.0)::integer);
  return pg_catalog.jsonb_build_object(
    'outcome', 'requeued', 'status', 'PROCESSING', 'retry_in_ms', ceil(wait_ms / 1000.0)::integer * 1000);
end;
$$;

comment on function public.fail_generation(uuid, integer, text, text, text, integer, integer, text, integer) is
  'Ends an attempt. kind: permanent; transient, storage, rate, interrupted (spend an attempt); money, released (do not). error_code of the public contract is used if it becomes FAILED. delay_ms: backoff; retry_after_ms: what the provider asked. Gives {"outcome": failed | requeued | stale, "status", "retry_in_ms"}. Functions only.';

revoke all on function public.fail_generation(uuid, integer, text, text, text, integer, integer, text, integer)
  from public, anon, authenticated, service_role;
grant execute on function public.fail_generation(uuid, integer, text, text, text, integer, integer, text, integer)
  to service_role;
