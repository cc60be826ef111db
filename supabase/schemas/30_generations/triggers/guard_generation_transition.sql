-- The transitions of a generation, as data, and its version.
create function private.guard_generation_transition() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if old.status <> new.status and not (old.status, new.status) in (
    ('PENDING', 'PROCESSING'), ('PENDING', 'CANCELLED'), ('PENDING', 'FAILED'),
    ('PROCESSING', 'COMPLETED'), ('PROCESSING', 'FAILED')
  ) then
    raise exception using
      errcode = 'PX002',
      message = format('Cannot move generation %s from %s to %s', old.id, old.status, new.status);
  end if;
  if new.attempt < old.attempt then
    raise exception using
      errcode = 'PX002',
      message = format('Cannot move generation %s from attempt %s back to %s', old.id, old.attempt, new.attempt);
  end if;
  new.version := old.version + 1;
  return new;
end;
$$;

comment on function private.guard_generation_transition() is 'Trigger of generations: refuses (PX002) a transition that is not in the state machine; counts the version up.';

revoke all on function private.guard_generation_transition() from public, anon, authenticated, service_role;
