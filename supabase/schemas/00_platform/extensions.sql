-- Extensions the backend stands on: the queue, outgoing webhooks, the schedule, the secrets.
-- No version clauses: the platform ignores them and installs its own.
create extension if not exists pgmq;
create extension if not exists pg_net with schema extensions;
create extension if not exists pg_cron with schema pg_catalog;
create extension if not exists supabase_vault with schema vault;
