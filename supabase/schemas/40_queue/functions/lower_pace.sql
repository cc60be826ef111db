-- After a rate 429: no claim until Retry-After, and half the concurrency, once a round of calls.
create function private.lower_pace(wait_ms integer, claimed_at timestamptz) returns void
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
declare
  longest_wait constant interval := '1 minute';
  wait interval := make_interval(secs => lower_pace.wait_ms / 1000.0);
  instant timestamptz;
  provider private.provider_state;
  begins_round boolean;
begin
  select p.* into provider from private.provider_state as p for no key update;
  instant := pg_catalog.clock_timestamp();
  -- Whatever was claimed before the pause's end was claimed without knowing of it.
  begins_round := provider.rate_paused_until is null or lower_pace.claimed_at > provider.rate_paused_until;
  -- At one call nothing is left to halve. Where the first call after a pause is refused as well the next pause is
  -- twice as long, or a long flood would spend every job's attempts.
  if begins_round and provider.concurrency_limit = 1
    and lower_pace.claimed_at < provider.rate_paused_until + longest_wait
  then
    wait := greatest(wait, least(longest_wait, 2 * (provider.rate_paused_until - provider.rate_refused_at)));
  end if;
  update private.provider_state as p
  set
    rate_refused_at = instant,
    rate_paused_until = greatest(p.rate_paused_until, instant + wait),
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
  'Holds all claims for wait_ms, and halves provider_state.concurrency_limit if the refused call, claimed at claimed_at, began after the last pause. At 1 the pauses double instead, up to a minute. It grows back (private.recover_pace).';
revoke all on function private.lower_pace(integer, timestamptz) from public, anon, authenticated, service_role;
grant execute on function private.lower_pace(integer, timestamptz) to service_role;
