-- After a rate 429: nobody starts before Retry-After, and the pace is halved, at most once in five seconds.
create function private.lower_pace(wait_ms integer) returns void
language sql
security invoker
set search_path = ''
as $$
  update private.provider_state as p
  set
    rate_paused_until = greatest(
      p.rate_paused_until, pg_catalog.clock_timestamp() + make_interval(secs => lower_pace.wait_ms / 1000.0)),
    concurrency_limit = case
      when p.concurrency_limit is not null and p.concurrency_changed_at > pg_catalog.clock_timestamp() - interval '5 seconds'
        then p.concurrency_limit
      else greatest(1, least(s.max_concurrent, coalesce(p.concurrency_limit, s.max_concurrent)) / 2)
    end,
    concurrency_changed_at = case
      when p.concurrency_limit is not null and p.concurrency_changed_at > pg_catalog.clock_timestamp() - interval '5 seconds'
        then p.concurrency_changed_at
      else pg_catalog.clock_timestamp()
    end
  from private.settings as s
  where p.singleton -- the hosted Data API refuses an update without a where clause, in functions too
$$;

comment on function private.lower_pace(integer) is
  'Holds all claims for wait_ms and halves provider_state.concurrency_limit, which grows back (private.recover_pace).';
revoke all on function private.lower_pace(integer) from public, anon, authenticated, service_role;
grant execute on function private.lower_pace(integer) to service_role;
