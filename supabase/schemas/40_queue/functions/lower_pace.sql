-- After a rate 429: no claim until Retry-After, and half the concurrency, once a round of calls.
create function private.lower_pace(wait_ms integer, claimed_at timestamptz) returns void
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
declare
  instant timestamptz;
  begins_round boolean;
begin
  select p.rate_paused_until is null or lower_pace.claimed_at > p.rate_paused_until into begins_round
  from private.provider_state as p for no key update;
  instant := pg_catalog.clock_timestamp();
  update private.provider_state as p
  set
    rate_refused_at = instant,
    rate_paused_until = greatest(p.rate_paused_until, instant + make_interval(secs => lower_pace.wait_ms / 1000.0)),
    -- Calls that were under way together are refused together: the first of them lowers the pace, for all.
    concurrency_limit = case
      when begins_round then greatest(1, least(s.max_concurrent, coalesce(p.concurrency_limit, s.max_concurrent)) / 2)
      else p.concurrency_limit
    end,
    concurrency_changed_at = case when begins_round then instant else p.concurrency_changed_at end
  from private.settings as s
  where p.singleton; -- the hosted Data API refuses an update without a where clause, in functions too
end;
$$;

comment on function private.lower_pace(integer, timestamptz) is
  'Holds all claims for wait_ms, and halves provider_state.concurrency_limit if the refused call, claimed at claimed_at, began after the last pause. It grows back (private.recover_pace).';
revoke all on function private.lower_pace(integer, timestamptz) from public, anon, authenticated, service_role;
grant execute on function private.lower_pace(integer, timestamptz) to service_role;
