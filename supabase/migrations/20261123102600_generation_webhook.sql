-- The database webhook: a statement that accepted generations rings the worker once.
create function private.ring_on_generation_insert() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.ring_worker('webhook');
  return null;
end;
$$;

comment on function private.ring_on_generation_insert() is 'Trigger of generations: rings the worker, once a statement. The ring is a hint; the queue is the truth.';
revoke all on function private.ring_on_generation_insert() from public, anon, authenticated, service_role;

create trigger generations_ring_the_worker
  after insert on public.generations
  for each statement execute function private.ring_on_generation_insert();
