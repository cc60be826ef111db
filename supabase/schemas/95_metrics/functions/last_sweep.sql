-- When the sweep last ended well; null: never.
create function private.last_sweep() returns timestamptz
language sql
stable
security definer -- reads pg_cron's tables, which no API role may
set search_path = ''
as $$
  select r.end_time
  from cron.job_run_details as r
  join cron.job as j on j.jobid = r.jobid
  where j.jobname = 'sweep' and r.status = 'succeeded'
  -- Along the primary key: the latest is at its end.
  order by r.runid desc
  limit 1
$$;

comment on function private.last_sweep() is 'When the last sweep ended that succeeded; null: there was none within settings.cron_run_days.';

revoke all on function private.last_sweep() from public, anon, authenticated, service_role;
grant execute on function private.last_sweep() to service_role;
