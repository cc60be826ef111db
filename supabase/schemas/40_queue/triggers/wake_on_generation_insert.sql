-- The database webhook: a statement that accepted generations wakes the worker once.
create function private.wake_on_generation_insert() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.wake_workers('webhook');
  return null;
end;
$$;

comment on function private.wake_on_generation_insert() is
  'Trigger of generations: wakes the worker, once a statement. A hint; the queue is the truth.';

revoke all on function private.wake_on_generation_insert() from public, anon, authenticated, service_role;
