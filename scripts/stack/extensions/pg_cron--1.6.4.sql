-- Stand-in for pg_cron 1.6: the same SQL surface without its C worker. Jobs stand in a table; a
-- notification tells scripts/stack/cron.ts of every change, which runs them.
-- Left out: cron.database_name (any database may hold jobs, of which the worker serves one), jobs on
-- other hosts, and the row policies for job owners other than postgres: as on a hosted project,
-- nobody else gets at this schema.

create schema cron;
comment on schema cron is 'Scheduled SQL (stand-in for pg_cron)';

create sequence cron.jobid_seq;
create sequence cron.runid_seq;

create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default coalesce(inet_server_port(), 5432),
  database text not null default current_database(),
  username text not null default session_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
comment on table cron.job is 'Jobs and when they run';

create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
comment on table cron.job_run_details is 'One row a run; never cleaned, as in the original';

create function cron._check_schedule(schedule text) returns void
language plpgsql immutable
set search_path = ''
as $$
declare
  -- What a field may hold: minute, hour, day of month ($ is the last), month, day of week.
  units constant text[] := array[
    '[1-5]?[0-9]',
    '1?[0-9]|2[0-3]',
    '[1-9]|[12][0-9]|3[01]|\$',
    '[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec',
    '[0-7]|sun|mon|tue|wed|thu|fri|sat'
  ];
  fields constant text := (
    select pg_catalog.string_agg(pg_catalog.format('(%1$s)(,(%1$s))*', part), '\s+' order by position)
    from pg_catalog.unnest(units) with ordinality as allowed (unit, position),
      pg_catalog.format('(\*|(%1$s)(-(%1$s))?)(/[1-9][0-9]?)?', unit) as part
  );
begin
  if schedule ~* '^\s*([1-9]|[1-5][0-9])\s+seconds?\s*$'
    or schedule ~* '^\s*@(yearly|annually|monthly|weekly|daily|midnight|hourly)\s*$'
    or schedule ~* ('^\s*' || fields || '\s*$') then
    return;
  end if;
  raise exception 'invalid schedule: %', schedule
    using errcode = 'invalid_parameter_value',
      hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
end
$$;
comment on function cron._check_schedule(text) is 'Raises 22023 unless the text is a schedule';

create function cron._announce_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.pg_notify('cron_job_changed', '');
  return null;
end
$$;
comment on function cron._announce_change() is 'Tells the worker to read cron.job again';

create trigger announce_change
after insert or update or delete or truncate on cron.job
for each statement execute function cron._announce_change();

create function cron.schedule(schedule text, command text) returns bigint
language plpgsql
security definer -- cron.job is read-only to its users, as with the original's C functions
set search_path = ''
as $$
declare
  job_id bigint;
begin
  perform cron._check_schedule(schedule);
  insert into cron.job (schedule, command) values (schedule.schedule, schedule.command)
  returning jobid into job_id;
  return job_id;
end
$$;
comment on function cron.schedule(text, text) is 'Adds a job without a name, gives its id';

create function cron.schedule(job_name text, schedule text, command text) returns bigint
language plpgsql
security definer -- cron.job is read-only to its users, as with the original's C functions
set search_path = ''
as $$
declare
  job_id bigint;
begin
  perform cron._check_schedule(schedule);
  insert into cron.job as job (jobname, schedule, command)
  values (schedule.job_name, schedule.schedule, schedule.command)
  on conflict on constraint jobname_username_uniq do update
    set schedule = excluded.schedule, command = excluded.command
  returning job.jobid into job_id;
  return job_id;
end
$$;
comment on function cron.schedule(text, text, text) is 'Adds the job of that name, or changes it; gives its id';

create function cron.unschedule(job_id bigint) returns boolean
language plpgsql
security definer -- cron.job is read-only to its users, as with the original's C functions
set search_path = ''
as $$
begin
  delete from cron.job where jobid = unschedule.job_id and username = session_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_id;
  end if;
  return true;
end
$$;
comment on function cron.unschedule(bigint) is 'Removes a job by its id; raises without one';

create function cron.unschedule(job_name text) returns boolean
language plpgsql
security definer -- cron.job is read-only to its users, as with the original's C functions
set search_path = ''
as $$
begin
  delete from cron.job where jobname = unschedule.job_name and username = session_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_name;
  end if;
  return true;
end
$$;
comment on function cron.unschedule(text) is 'Removes a job by its name; raises without one';

create function cron.alter_job(
  job_id bigint,
  schedule text default null,
  command text default null,
  database text default null,
  username text default null,
  active boolean default null
) returns void
language plpgsql
security definer -- as cron.schedule()
set search_path = ''
as $$
begin
  if schedule is not null then
    perform cron._check_schedule(schedule);
  end if;
  update cron.job as job
  set schedule = coalesce(alter_job.schedule, job.schedule),
    command = coalesce(alter_job.command, job.command),
    database = coalesce(alter_job.database, job.database),
    username = coalesce(alter_job.username, job.username),
    active = coalesce(alter_job.active, job.active)
  where job.jobid = alter_job.job_id and (job.username = session_user
    or exists (select from pg_catalog.pg_roles where rolname = session_user and rolsuper));
  if not found then
    raise exception 'Job % does not exist or you don''t own it', job_id;
  end if;
end
$$;
comment on function cron.alter_job(bigint, text, text, text, text, boolean) is 'Changes what is not null of a job';

revoke all on all functions in schema cron from public;
