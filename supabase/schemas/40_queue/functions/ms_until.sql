-- Milliseconds until a stored moment, whatever it holds: past, far future, infinity or nothing.
create function private.ms_until(moment timestamptz) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
begin
  return case
    when ms_until.moment is null or ms_until.moment <= pg_catalog.clock_timestamp() then 0
    when ms_until.moment > pg_catalog.clock_timestamp() + interval '1 day' then 86400000
    else ceil(extract(epoch from ms_until.moment - pg_catalog.clock_timestamp()) * 1000)::integer
  end;
end;
$$;

comment on function private.ms_until(timestamptz) is
  'Milliseconds from now until moment, 0 to 86400000 (a day); 0 for null. Cannot raise.';

revoke all on function private.ms_until(timestamptz) from public, anon, authenticated, service_role;
grant execute on function private.ms_until(timestamptz) to service_role;
