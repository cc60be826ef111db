-- Deletes what has expired. Locked rows are left for the next minute: cleaning waits for no transaction.
create function private.clean_up() returns bigint
language sql
security invoker
set search_path = ''
as $$
  with idempotency_key as (
    delete from private.idempotency_keys as k
    where k.ctid = any (array(
      select o.ctid from private.idempotency_keys as o
      where o.created_at < now() - interval '24 hours'
      for update skip locked))
    returning 1
  ), session as (
    -- A day longer than any access token of it could live.
    delete from private.sessions as s
    where s.id = any (array(
      select o.id from private.sessions as o
      where o.expires_at < now() - interval '1 day'
      for update skip locked))
    returning 1
  ), refresh_token as (
    delete from private.refresh_tokens as t
    where t.token_hash = any (array(
      select o.token_hash from private.refresh_tokens as o
      where o.spent_at < now() - interval '30 days'
      for update skip locked))
    returning 1
  ), bucket as (
    -- A bucket is full again after a minute.
    delete from private.rate_limits as r
    where r.ctid = any (array(
      select o.ctid from private.rate_limits as o
      where o.updated_at < now() - interval '5 minutes'
      for update skip locked))
    returning 1
  ), cron_run as (
    -- pg_cron keeps every run for ever, also one that a crash left without an end.
    delete from cron.job_run_details as d
    where coalesce(d.end_time, d.start_time) < now() - make_interval(days => (select s.cron_run_days from private.settings as s))
    returning 1
  ), dead_letter as (
    delete from pgmq.a_generations as a
    where a.archived_at < now() - make_interval(days => (select s.dead_letter_days from private.settings as s))
    returning 1
  ), bot_dead_letter as (
    delete from pgmq.a_bot_messages as a
    where a.archived_at < now() - make_interval(days => (select s.dead_letter_days from private.settings as s))
    returning 1
  ), answer as (
    delete from net._http_response as r
    where r.created < now() - interval '1 hour'
    returning 1
  )
  select count(*)
  from (
    table idempotency_key union all table session union all table refresh_token
    union all table bucket union all table cron_run union all table answer
    union all table dead_letter union all table bot_dead_letter
  ) as removed
$$;

comment on function private.clean_up() is 'Deletes expired sessions, idempotency keys, rate limit buckets, cron runs, webhook answers and dead letters, each after its time; how many rows.';

revoke all on function private.clean_up() from public, anon, authenticated, service_role;
