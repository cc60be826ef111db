-- Every number an operator may tune live, in one row: update private.settings set max_concurrent = 20;
create table private.settings (
  singleton boolean not null default true,
  max_concurrent integer not null default 10,
  images_per_minute integer,
  per_user_concurrency integer not null default 2,
  max_pending_per_user integer not null default 10,
  rate_limit_per_minute integer not null default 5,
  max_blocked_per_hour integer not null default 5,
  max_attempts integer not null default 4,
  max_queue_seconds integer not null default 900,
  signup_credits integer not null default 20,
  partial_images integer not null default 0,
  lease_seconds integer not null default 30,
  session_days integer not null default 30,
  bot_message_after_seconds integer,
  cron_run_days integer not null default 1,
  dead_letter_days integer not null default 90,
  constraint settings_pkey primary key (singleton),
  constraint settings_one_row check (singleton),
  constraint settings_max_concurrent_range check (max_concurrent between 0 and 10000),
  constraint settings_images_per_minute_positive check (images_per_minute > 0),
  constraint settings_per_user_concurrency_positive check (per_user_concurrency > 0),
  constraint settings_max_pending_per_user_positive check (max_pending_per_user > 0),
  constraint settings_rate_limit_per_minute_positive check (rate_limit_per_minute > 0),
  constraint settings_max_blocked_per_hour_positive check (max_blocked_per_hour > 0),
  constraint settings_max_attempts_range check (max_attempts between 1 and 100),
  constraint settings_max_queue_seconds_positive check (max_queue_seconds > 0),
  constraint settings_signup_credits_not_negative check (signup_credits >= 0),
  constraint settings_partial_images_range check (partial_images between 0 and 3),
  constraint settings_lease_seconds_range check (lease_seconds between 2 and 3600),
  constraint settings_session_days_range check (session_days between 1 and 365),
  constraint settings_cron_run_days_range check (cron_run_days between 1 and 3650),
  constraint settings_dead_letter_days_range check (dead_letter_days between 1 and 3650),
  constraint settings_bot_message_after_seconds_range check (bot_message_after_seconds between 1 and 3600)
);

comment on table private.settings is 'One row, read live by every function: no restart after an update.';
comment on column private.settings.singleton is 'Holds the table to one row.';
comment on column private.settings.max_concurrent is 'Images in flight at the provider over all workers; 0 stops new starts.';
comment on column private.settings.images_per_minute is 'Images started in any 60 seconds over all workers; null: no budget.';
comment on column private.settings.per_user_concurrency is 'Messages of one user in the queue at a time; the rest wait in the table.';
comment on column private.settings.max_pending_per_user is 'Unfinished generations a user may have.';
comment on column private.settings.rate_limit_per_minute is 'Submissions a minute and user (token bucket of this capacity).';
comment on column private.settings.max_blocked_per_hour is 'Moderation blocks within an hour after which a user is refused until the oldest of them is an hour old.';
comment on column private.settings.max_attempts is 'Attempts that may fail before a generation is FAILED.';
comment on column private.settings.max_queue_seconds is 'Longest wait before a generation is refused or expires.';
comment on column private.settings.signup_credits is 'Credits granted once, at the first login.';
comment on column private.settings.partial_images is 'Previews asked of the provider while it generates; 0: none.';
comment on column private.settings.lease_seconds is 'How long a claim holds without a heartbeat.';
comment on column private.settings.session_days is 'Life of a refresh token.';
comment on column private.settings.cron_run_days is 'How long cron.job_run_details keeps a run.';
comment on column private.settings.dead_letter_days is 'How long the archives of the queues keep a message.';
comment on column private.settings.bot_message_after_seconds is 'The bot sends a finished picture that nobody fetched for so long; null: never.';

alter table private.settings enable row level security;

revoke all on table private.settings from public, anon, authenticated, service_role;

grant select on table private.settings to service_role;

create trigger settings_change_is_audited
  after update on private.settings
  for each row when (old.* is distinct from new.*)
  execute function private.audit_settings_change();

-- Deferred to the commit: a transaction that an operator leaves open must not hold the doorbell's lock.
create constraint trigger settings_change_wakes_workers
  after update on private.settings
  deferrable initially deferred
  for each row when (old.* is distinct from new.*)
  execute function private.wake_on_settings_change();
