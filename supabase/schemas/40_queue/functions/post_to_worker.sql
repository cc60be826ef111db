-- The ring itself: reads Vault and posts. Apart from the decision to ring, since a function called by two roles in one
-- session has its statements planned anew at each change of role.
create function private.post_to_worker(source text, times integer) returns boolean
language plpgsql
security definer -- reads Vault and calls pg_net, which no API role may
set search_path = ''
as $$
declare
  worker_url text;
  worker_secret text;
begin
  select s.decrypted_secret into worker_url from vault.decrypted_secrets as s where s.name = 'worker_url';
  select s.decrypted_secret into worker_secret from vault.decrypted_secrets as s where s.name = 'worker_secret';
  if worker_url is null or worker_secret is null then
    return false; -- admin.queue_health reports it
  end if;
  for n in 1..post_to_worker.times loop
    perform net.http_post(
      url => worker_url,
      body => '{}'::jsonb,
      headers => pg_catalog.jsonb_build_object(
        'content-type', 'application/json', 'apikey', worker_secret, 'x-ring', post_to_worker.source),
      timeout_milliseconds => 5000
    );
  end loop;
  update private.doorbell as d set error = null where d.event = 'rung' and d.error is not null;
  return true;
exception when others then
  -- What rings must not fail what is done: pg_net's older versions raise while their worker is down, and Vault where it
  -- cannot decrypt. The sweep rings again.
  update private.doorbell as d set error = left(sqlerrm, 500) where d.event = 'rung';
  return false;
end;
$$;

comment on function private.post_to_worker(text, integer) is
  'Queues webhooks to the worker (Vault: worker_url, worker_secret); false when it is not configured, or cannot (doorbell.error says why); never raises. private.wake_workers decides.';

revoke all on function private.post_to_worker(text, integer) from public, anon, authenticated, service_role;
grant execute on function private.post_to_worker(text, integer) to service_role;
