-- Attempts that count against max_attempts: those given back, and refusals that no job is to blame for, do not.
create function private.count_failed_attempts(generation_id uuid) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*)::integer
    from private.generation_attempts as a
    where a.generation_id = count_failed_attempts.generation_id
      and a.outcome in ('transient', 'storage', 'lost', 'interrupted')
  );
end;
$$;

comment on function private.count_failed_attempts(uuid) is 'Failed attempts of a generation that count against settings.max_attempts.';

revoke all on function private.count_failed_attempts(uuid) from public, anon, authenticated, service_role;
grant execute on function private.count_failed_attempts(uuid) to service_role;
