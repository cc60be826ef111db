-- Refunds what waited longer than max_queue_seconds in the queue. A row in its user's lane waits for its turn first.
create function private.expire_waiting(batch integer) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- In a variable: an index serves a value, and not a function that changes from row to row.
  deadline timestamptz := pg_catalog.clock_timestamp() - (
    select make_interval(secs => s.max_queue_seconds) from private.settings as s);
  -- While nothing may start no turn comes: then the age alone counts.
  is_stopped boolean := private.concurrency_limit() = 0 or exists (
    select 1 from private.provider_state as p where p.paused_until > pg_catalog.clock_timestamp());
  overdue uuid;
  generation public.generations;
  expired integer := 0;
begin
  for overdue in
    (
      select g.id from public.generations as g
      where g.status = 'PENDING' and g.created_at < deadline and (is_stopped or g.queued_at < deadline)
      order by g.created_at
      limit expire_waiting.batch
    )
    union all
    -- Between attempts (backoff, a paused provider) for as long.
    select g.id from public.generations as g
    where g.status = 'PROCESSING'
      and g.started_at < deadline
      and not exists (
        select 1 from private.generation_attempts as a
        where a.generation_id = g.id
          and (a.finished_at is null or a.finished_at > deadline))
  loop
    begin
      generation := private.lock_generation(overdue);
      continue when generation.finished_at is not null
        or exists (select 1 from private.generation_attempts as a where a.generation_id = overdue and a.finished_at is null);
      perform private.finish_without_picture(
        generation, 'FAILED', 'provider_unavailable', 'waited longer than max_queue_seconds');
      expired := expired + 1;
    exception when others then
      raise warning 'Cannot expire generation %: % (%)', overdue, sqlerrm, sqlstate;
    end;
  end loop;
  return expired;
end;
$$;

comment on function private.expire_waiting(integer) is
  'Fails and refunds generations that waited in the queue longer than settings.max_queue_seconds without an attempt, and while nothing may start those that are older than that; how many.';

revoke all on function private.expire_waiting(integer) from public, anon, authenticated, service_role;
