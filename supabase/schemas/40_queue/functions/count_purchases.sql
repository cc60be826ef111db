-- Calls for a generation that were billed, or may have been.
create function private.count_purchases(generation_id uuid) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*)::integer
    from private.generation_attempts as a
    where a.generation_id = count_purchases.generation_id and a.maybe_billed
  );
end;
$$;

comment on function private.count_purchases(uuid) is
  'Attempts of a generation whose call is or may be billed. Two are all that a generation is worth.';

revoke all on function private.count_purchases(uuid) from public, anon, authenticated, service_role;
grant execute on function private.count_purchases(uuid) to service_role;
