-- How fast the queue moves: the lesser of what the slots and what the image budget let start.
create function private.queue_pace(
  out starts_per_second double precision,
  out service_seconds integer,
  out pause_seconds integer
)
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
begin
  select
    least(private.concurrency_limit() * 1000.0 / q.service_ms, s.images_per_minute / 60.0),
    ceil(q.service_ms / 1000.0),
    ceil(private.ms_until(greatest(p.paused_until, p.rate_paused_until)) / 1000.0)
  into starts_per_second, service_seconds, pause_seconds
  from private.settings as s, private.provider_state as p, private.queue_state as q
  where s.singleton and p.singleton and q.singleton;
end;
$$;

comment on function private.queue_pace() is
  'Generations started a second (0: none may start), seconds one takes, seconds left of a pause. Cannot raise.';

revoke all on function private.queue_pace() from public, anon, authenticated, service_role;
grant execute on function private.queue_pace() to service_role;
