-- Locks a generation for a transition: the user first, then the row, always in this order.
create function private.lock_generation(generation_id uuid) returns public.generations
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations;
begin
  perform 1
  from public.users as u
  where u.id = (select g.user_id from public.generations as g where g.id = lock_generation.generation_id)
  for no key update;
  select g.* into generation
  from public.generations as g
  where g.id = lock_generation.generation_id
  for no key update;
  return generation;
end;
$$;

comment on function private.lock_generation(uuid) is
  'Locks the user and the generation and gives the row as it is then; all null for an unknown id.';

revoke all on function private.lock_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function private.lock_generation(uuid) to service_role;
