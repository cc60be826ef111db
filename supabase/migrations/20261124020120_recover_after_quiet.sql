-- The pace grows only in quiet: not while the provider refuses, nor while it has asked everybody to wait.
create or replace function private.recover_pace() returns void
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
declare
  provider private.provider_state;
  quiet_since timestamptz;
  steps integer;
  grown integer;
begin
  select p.* into provider from private.provider_state as p;
  if provider.concurrency_limit is null then
    return;
  end if;
  quiet_since := greatest(provider.concurrency_changed_at, provider.rate_refused_at, provider.rate_paused_until);
  steps := floor(least(100, extract(epoch from pg_catalog.clock_timestamp() - quiet_since) / 5));
  if steps < 1 then
    return;
  end if;
  grown := greatest(provider.concurrency_limit + steps, floor(provider.concurrency_limit * power(1.1, steps)));
  update private.provider_state as p
  set
    concurrency_limit = case when grown < (select s.max_concurrent from private.settings as s) then grown end,
    concurrency_changed_at = pg_catalog.clock_timestamp()
  -- Unless a refusal came since it was read: that one counts.
  where p.concurrency_changed_at = provider.concurrency_changed_at and p.rate_refused_at = provider.rate_refused_at;
end;
$$;

comment on function private.recover_pace() is 'Raises provider_state.concurrency_limit by a tenth for each five seconds since it last changed, the provider last refused and its pause ended; null once it reaches max_concurrent.';
