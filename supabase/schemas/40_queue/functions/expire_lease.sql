-- Ends an attempt whose lease ran out, so that the job can be claimed again.
create function private.expire_lease(generation_id uuid, attempt integer) returns text
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations := private.lock_generation(expire_lease.generation_id);
begin
  if exists (
    select 1 from private.generation_attempts as a
    where a.generation_id = expire_lease.generation_id and a.attempt = expire_lease.attempt
      and a.lease_expires_at > pg_catalog.clock_timestamp()
  ) or not private.end_attempt(
    expire_lease.generation_id, expire_lease.attempt, 'lost', error_message => 'The lease ran out',
    maybe_billed => true)
  then
    return 'kept';
  elsif generation.status <> 'PROCESSING' or generation.attempt <> expire_lease.attempt then
    return 'stale';
  elsif private.count_failed_attempts(generation.id) >= (select s.max_attempts from private.settings as s)
    or private.count_purchases(generation.id) >= 2 then
    perform private.finish_without_picture(
      generation, 'FAILED', 'attempts_exhausted', 'the worker was lost on the last attempt');
    return 'failed';
  end if;
  perform pgmq.set_vt('generations', generation.message_id, 0);
  return 'requeued';
end;
$$;

comment on function private.expire_lease(uuid, integer) is
  'Ends an attempt whose lease ran out: requeued, or failed when it was the last. kept: the lease holds after all or it has ended.';

revoke all on function private.expire_lease(uuid, integer) from public, anon, authenticated, service_role;
