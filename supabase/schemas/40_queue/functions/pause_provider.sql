-- Stops claims and submissions: for what fails every job, such as missing funds (a timed probe reopens it),
-- or by the operator (until resumed).
create function private.pause_provider(kind text, note text) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update private.provider_state as p
  set
    paused_until = case pause_provider.kind
      when 'operator' then 'infinity'
      else pg_catalog.clock_timestamp() + least(
        interval '15 minutes', interval '30 seconds' * power(2, least(p.pause_count, 10)))
    end,
    pause_kind = pause_provider.kind,
    pause_note = left(pause_provider.note, 500),
    pause_count = p.pause_count + 1
  -- Fifty calls refused together are one pause, and none shortens the operator's.
  where p.paused_until is null
    or p.paused_until <= pg_catalog.clock_timestamp()
    or (pause_provider.kind = 'operator' and p.pause_kind <> 'operator');
end;
$$;

comment on function private.pause_provider(text, text) is
  'Pauses the provider. money, storage and configuration: 30 s, doubled at each pause in a row up to 15 min, then one job probes; operator: until admin.resume.';

revoke all on function private.pause_provider(text, text) from public, anon, authenticated, service_role;
grant execute on function private.pause_provider(text, text) to service_role;
