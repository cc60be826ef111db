-- For `supabase start` only, never pushed: where the database's webhook finds the worker, and with which secret.
-- worker_secret is WORKER_SECRET of supabase/functions/.env.example. Helpers of the SQL tests are not here but
-- in supabase/tests/000_helpers.sql, so that a database to work with holds no schema tests.
do $$
declare
  wanted record;
  known uuid;
begin
  for wanted in
    select * from (values
      ('worker_url', 'http://api.supabase.internal:8000/functions/v1/worker'),
      ('worker_secret', 'local-worker-secret-change-me')
    ) as secrets (name, value)
  loop
    select s.id into known from vault.secrets as s where s.name = wanted.name;
    if known is null then
      perform vault.create_secret(wanted.value, wanted.name);
    else
      perform vault.update_secret(known, wanted.value);
    end if;
  end loop;
end
$$;
