-- Raises the lowered concurrency by a tenth for every five seconds without a rate refusal.
create function private.recover_pace() returns void
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
declare
  provider private.provider_state;
  first_call timestamptz;
  steps integer;
  grown integer;
begin
  select p.* into provider from private.provider_state as p;
  if provider.concurrency_limit is null then
    return;
  end if;
  if provider.rate_paused_until is not null then
    select min(a.claimed_at) into first_call
    from private.generation_attempts as a
    where a.claimed_at > provider.rate_paused_until;
    if first_call is null then
      return;
    end if;
  end if;
  steps := floor(least(100, extract(epoch from pg_catalog.clock_timestamp()
    - greatest(provider.concurrency_changed_at, provider.rate_refused_at, first_call)) / 5));
  if steps < 1 then
    return;
  end if;
  grown := greatest(provider.concurrency_limit + steps, floor(provider.concurrency_limit * power(1.1, steps)));
  update private.provider_state as p
  set
    concurrency_limit = case when grown < (select s.max_concurrent from private.settings as s) then grown end,
    concurrency_changed_at = pg_catalog.clock_timestamp()
  -- Unless a refusal came since it was read: that one counts.
  where p.concurrency_changed_at = provider.concurrency_changed_at and p.rate_refused_at is not distinct from provider.rate_refused_at;
end;
$$;

comment on function private.recover_pace() is 'Raises provider_state.concurrency_limit by a tenth for each five seconds since it last changed, the provider last refused and the first call was made after its pause; null once it reaches max_concurrent.';

revoke all on function private.recover_pace() from public, anon, authenticated, service_role;
grant execute on function private.recover_pace() to service_role;
