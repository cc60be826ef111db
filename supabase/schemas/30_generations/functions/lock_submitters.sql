-- Locks the users of a batch whom no other transaction holds. A statement apart: what is read after it is current.
create function private.lock_submitters(submissions jsonb) returns uuid[]
language plpgsql
security invoker
set search_path = ''
as $$
begin
  return array(
    select u.id
    from public.users as u
    where u.id in (
      select (s.value ->> 'user_id')::uuid from pg_catalog.jsonb_array_elements(lock_submitters.submissions) as s)
    order by u.id
    for no key update skip locked
  );
end;
$$;

comment on function private.lock_submitters(jsonb) is
  'Locks, in order and without waiting, the users of an array of submissions until the transaction ends; the ids of those locked.';

revoke all on function private.lock_submitters(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.lock_submitters(jsonb) to service_role;
