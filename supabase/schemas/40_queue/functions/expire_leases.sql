-- Ends every attempt whose lease ran out, one by one: a row that fails is left to the next sweep.
create function private.expire_leases(batch integer) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  overdue record;
  lost integer := 0;
begin
  for overdue in
    select a.generation_id, a.attempt
    from private.generation_attempts as a
    where a.finished_at is null and a.lease_expires_at < pg_catalog.clock_timestamp()
    order by a.generation_id
    limit expire_leases.batch
  loop
    begin
      perform private.expire_lease(overdue.generation_id, overdue.attempt);
      lost := lost + 1;
    exception when others then
      raise warning 'Cannot take back generation %: % (%)', overdue.generation_id, sqlerrm, sqlstate;
    end;
  end loop;
  return lost;
end;
$$;

comment on function private.expire_leases(integer) is 'Runs private.expire_lease for up to batch leases that ran out; how many were looked at.';

revoke all on function private.expire_leases(integer) from public, anon, authenticated, service_role;
