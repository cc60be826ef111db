-- The models workers leave out: an hour after a 404, or longer where the provider's list has it no more.
create function private.retired_models() returns text[]
language plpgsql
security invoker
set search_path = ''
as $$
begin
  -- A probe asks every model: that they are all back is what it is to find out.
  if exists (
    select 1 from private.provider_state as p
    where p.pause_kind in ('money', 'configuration') and p.paused_until <= pg_catalog.clock_timestamp()
  ) then
    return '{}';
  end if;
  return array(
    select m.model
    from private.provider_models as m
    where m.retired_at > pg_catalog.clock_timestamp() - interval '1 hour'
      or (m.retired_at is not null and not m.is_listed)
    order by m.model
  );
end;
$$;

comment on function private.retired_models() is
  'Models that are not to be asked now; none while a pause is being probed.';

revoke all on function private.retired_models() from public, anon, authenticated, service_role;
grant execute on function private.retired_models() to service_role;
