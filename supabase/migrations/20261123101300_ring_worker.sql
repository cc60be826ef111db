-- The doorbell: one empty POST to the worker, at most one unanswered at a time over all sessions.
-- Never blocks a submitter: who finds the lock taken leaves the ringing to the holder. What slips through
-- (a ring skipped while another's transaction had not committed) is caught by the worker's second look and the sweep.
create function private.ring_worker(source text) returns boolean
language plpgsql
security definer -- reads Vault and calls pg_net, which no API role may
set search_path = ''
as $$
declare
  worker_url text;
  worker_secret text;
begin
  if not pg_catalog.pg_try_advisory_xact_lock(7261, 3) then
    return false;
  end if;

  -- An unanswered ring younger than a second is still on its way; an older one counts as lost.
  if exists (
    select 1
    from private.doorbell as rung, private.doorbell as answered
    where rung.event = 'rung' and answered.event = 'answered'
      and rung.at > answered.at
      and rung.at > pg_catalog.clock_timestamp() - interval '1 second'
  ) then
    return false;
  end if;

  if ring_worker.source <> 'sweep' and private.free_slots() = 0 then
    return false;
  end if;

  select s.decrypted_secret into worker_url from vault.decrypted_secrets as s where s.name = 'worker_url';
  select s.decrypted_secret into worker_secret from vault.decrypted_secrets as s where s.name = 'worker_secret';
  if worker_url is null or worker_secret is null then
    return false; -- admin.queue_health reports it
  end if;

  update private.doorbell as d set at = pg_catalog.clock_timestamp() where d.event = 'rung';
  perform net.http_post(
    url => worker_url,
    body => '{}'::jsonb,
    headers => pg_catalog.jsonb_build_object(
      'content-type', 'application/json', 'apikey', worker_secret, 'x-ring', ring_worker.source),
    timeout_milliseconds => 5000
  );
  return true;
end;
$$;

comment on function private.ring_worker(text) is
  'Queues one webhook to the worker (Vault: worker_url, worker_secret), unless one is unanswered or no slot is free. source: webhook, worker or sweep. True when it rang.';
revoke all on function private.ring_worker(text) from public, anon, authenticated, service_role;
grant execute on function private.ring_worker(text) to service_role;
