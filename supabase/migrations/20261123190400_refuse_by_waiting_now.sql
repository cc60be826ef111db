-- Admission counts what came within the last second too: a crowd must not be promised a wait that it makes too long.
create or replace function private.refuse_while_paused() returns void
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
  wait := private.expected_wait_seconds(private.waiting_now());
  if wait > tuning.max_queue_seconds then
    raise exception using
      errcode = 'PX503',
      message = 'The queue is full for now: nothing was charged',
      detail = pg_catalog.jsonb_build_object(
        'retry_after_seconds', greatest(1, least(300, wait - tuning.max_queue_seconds)))::text;
  end if;
end;
$$;
