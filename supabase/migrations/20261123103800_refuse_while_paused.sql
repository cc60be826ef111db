-- Honest refusals before any charge: the provider is paused, or the queue is longer than anyone should wait.
create function private.refuse_while_paused() returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  tuning private.settings;
  provider private.provider_state;
  wait integer;
begin
  select s.* into tuning from private.settings as s;
  select p.* into provider from private.provider_state as p;

  if provider.paused_until > pg_catalog.clock_timestamp() then
    raise exception using
      errcode = 'PX503',
      message = 'Generation is paused for now: nothing was charged',
      detail = pg_catalog.jsonb_build_object('retry_after_seconds', greatest(1, least(300, ceil(extract(
        epoch from least(provider.paused_until, pg_catalog.clock_timestamp() + interval '1 minute')
          - pg_catalog.clock_timestamp()))))::integer)::text;
  end if;

  perform private.refresh_queue_state();
  select private.expected_wait_seconds(q.waiting) into wait from private.queue_state as q;
  if wait > tuning.max_queue_seconds then
    raise exception using
      errcode = 'PX503',
      message = 'The queue is full for now: nothing was charged',
      detail = pg_catalog.jsonb_build_object(
        'retry_after_seconds', greatest(1, least(300, wait - tuning.max_queue_seconds)))::text;
  end if;
end;
$$;

comment on function private.refuse_while_paused() is
  'Raises PX503 (detail: retry_after_seconds) while the provider is paused or the expected wait passes settings.max_queue_seconds.';
revoke all on function private.refuse_while_paused() from public, anon, authenticated, service_role;
grant execute on function private.refuse_while_paused() to service_role;
