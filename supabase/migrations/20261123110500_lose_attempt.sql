-- Takes a job back from a worker that stopped breathing.
create function private.lose_attempt(generation_id uuid, attempt integer) returns text
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations := private.lock_generation(lose_attempt.generation_id);
begin
  if exists (
    select 1 from private.generation_attempts as a
    where a.generation_id = lose_attempt.generation_id and a.attempt = lose_attempt.attempt
      and a.lease_expires_at > pg_catalog.clock_timestamp()
  ) or not private.end_attempt(
    lose_attempt.generation_id, lose_attempt.attempt, 'lost', error_message => 'The lease ran out')
  then
    return 'kept';
  elsif generation.status <> 'PROCESSING' or generation.attempt <> lose_attempt.attempt then
    return 'stale';
  elsif private.spent_attempts(generation.id) >= (select s.max_attempts from private.settings as s) then
    perform private.finish_unpaid(
      generation, 'FAILED', 'attempts_exhausted', 'the worker was lost on the last attempt');
    return 'failed';
  end if;
  perform pgmq.set_vt('generations', generation.message_id, 0);
  return 'requeued';
end;
$$;

comment on function private.lose_attempt(uuid, integer) is
  'Ends an attempt whose lease ran out: requeued, or failed when it was the last. kept: the lease holds after all or it has ended.';
revoke all on function private.lose_attempt(uuid, integer) from public, anon, authenticated, service_role;
