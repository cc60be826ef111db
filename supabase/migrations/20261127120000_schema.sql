-- The whole schema: the files of supabase/schemas in the order of schema_paths (config.toml). Generated, not edited.
-- Bodies are checked when they run: functions call one another in any order.
set check_function_bodies = off;

-- schemas/00_platform/extensions.sql
-- Extensions the backend stands on: the queue, outgoing webhooks, the schedule, the secrets.
-- No version clauses: the platform ignores them and installs its own.
create extension if not exists pgmq;
create extension if not exists pg_net with schema extensions;
create extension if not exists pg_cron with schema pg_catalog;
create extension if not exists supabase_vault with schema vault;

-- schemas/00_platform/schemas_and_privileges.sql
-- Schemas, and a default of no access: every grant is written out beside its object.
create schema if not exists private;
comment on schema private is 'Tables and functions no API client reaches: queue state, attempts, sessions, settings.';

create schema if not exists admin;
comment on schema admin is 'What an operator uses in the SQL dashboard: views to read, functions to act. Every act is audited.';

-- The form with "in schema" does not undo Postgres' own default of execute for public, so both are needed.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated, service_role;

revoke all on schema private, admin from public;
grant usage on schema private to service_role;

-- schemas/20_credits/triggers/apply_ledger_entries.sql
-- The one place a balance moves: ledger entries add their deltas to their users, in the entries' transaction.
-- A debit beyond the balance fails users_credits_not_negative and takes the entry with it.
create function private.apply_ledger_entries() returns trigger
language plpgsql
security definer -- service_role may write ledger entries but not balances, so that the two never part
set search_path = ''
as $$
begin
  update public.users as u set credits = u.credits + entries.delta
  from (select a.user_id, sum(a.delta)::integer as delta from added as a group by a.user_id) as entries
  where u.id = entries.user_id;
  return null;
end;
$$;

comment on function private.apply_ledger_entries() is
  'Trigger of credit_ledger: adds the deltas of a statement''s entries to users.credits. A debit beyond the balance fails users_credits_not_negative and takes the statement with it.';

revoke all on function private.apply_ledger_entries() from public, anon, authenticated, service_role;

-- schemas/20_credits/triggers/refuse_change.sql
-- Append-only tables are so in fact: updates, deletes and truncates fail for every role.
create function private.refuse_change() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PX001',
    message = format('Cannot %s %I.%I: it is append-only', lower(tg_op), tg_table_schema, tg_table_name),
    hint = 'Correct a balance by select admin.grant_credits(telegram_id => ..., amount => ..., note => ...);';
end;
$$;

comment on function private.refuse_change() is
  'Trigger of append-only tables (credit_ledger, admin_actions): raises PX001 on update, delete and truncate.';

revoke all on function private.refuse_change() from public, anon, authenticated, service_role;

-- schemas/30_generations/triggers/guard_generation_transition.sql
-- The transitions of a generation, as data, and its version.
create function private.guard_generation_transition() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if old.status <> new.status and not (old.status, new.status) in (
    ('PENDING', 'PROCESSING'), ('PENDING', 'CANCELLED'), ('PENDING', 'FAILED'),
    ('PROCESSING', 'COMPLETED'), ('PROCESSING', 'FAILED')
  ) then
    raise exception using
      errcode = 'PX002',
      message = format('Cannot move generation %s from %s to %s', old.id, old.status, new.status);
  end if;
  if new.attempt < old.attempt then
    raise exception using
      errcode = 'PX002',
      message = format('Cannot move generation %s from attempt %s back to %s', old.id, old.attempt, new.attempt);
  end if;
  new.version := old.version + 1;
  return new;
end;
$$;

comment on function private.guard_generation_transition() is 'Trigger of generations: refuses (PX002) a transition that is not in the state machine; counts the version up.';

revoke all on function private.guard_generation_transition() from public, anon, authenticated, service_role;

-- schemas/40_queue/triggers/wake_on_generation_insert.sql
-- The database webhook: a statement that accepted generations wakes the worker once.
create function private.wake_on_generation_insert() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.wake_workers('webhook');
  return null;
end;
$$;

comment on function private.wake_on_generation_insert() is
  'Trigger of generations: wakes the worker, once a statement. A hint; the queue is the truth.';

revoke all on function private.wake_on_generation_insert() from public, anon, authenticated, service_role;

-- schemas/40_queue/triggers/wake_on_settings_change.sql
-- A limit that is raised is used at once.
create function private.wake_on_settings_change() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.wake_for_waiting();
  return null;
end;
$$;

comment on function private.wake_on_settings_change() is
  'Trigger of settings: wakes a worker if something waits that it could do now.';

revoke all on function private.wake_on_settings_change() from public, anon, authenticated, service_role;

-- schemas/50_delivery/triggers/broadcast_generation.sql
-- Tells the owner of every change of status or attempt.
create function private.broadcast_generation() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.send_to_owner(new);
  return null;
end;
$$;

comment on function private.broadcast_generation() is 'Trigger of generations: private Broadcast to the owner.';

revoke all on function private.broadcast_generation() from public, anon, authenticated, service_role;

-- schemas/50_delivery/triggers/plan_bot_message.sql
-- Plans the bot's message when a picture is finished, for users who allow it.
create function private.plan_bot_message() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
declare
  wait integer := (select s.bot_message_after_seconds from private.settings as s);
begin
  if wait is null or not exists (
    select 1 from public.users as u
    where u.id = new.user_id and u.allows_write_to_pm and u.telegram_id is not null
  ) then
    return null;
  end if;
  insert into private.bot_messages (generation_id) values (new.id);
  perform pgmq.send('bot_messages', pg_catalog.jsonb_build_object('generation_id', new.id), wait);
  return null;
end;
$$;

comment on function private.plan_bot_message() is 'Trigger of generations: queues the bot''s message, due settings.bot_message_after_seconds after COMPLETED.';

revoke all on function private.plan_bot_message() from public, anon, authenticated, service_role;

-- schemas/50_delivery/triggers/retire_previews.sql
-- The end of a generation is the end of its previews.
create function private.retire_previews() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  with retired as (
    delete from private.generation_previews as p where p.generation_id = new.id returning p.object_key
  )
  insert into private.object_deletions (object_key)
  select r.object_key from retired as r
  on conflict on constraint object_deletions_pkey do nothing;
  return null;
end;
$$;

comment on function private.retire_previews() is 'Trigger of generations: hands the previews of a finished generation to object_deletions.';

revoke all on function private.retire_previews() from public, anon, authenticated, service_role;

-- schemas/90_admin/triggers/audit_settings_change.sql
-- A change of settings or prices is an operator's act like any other: it leaves the values before and after.
create function private.audit_settings_change() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into private.admin_actions (action, arguments)
  values (
    format('%s %s.%s', lower(tg_op), tg_table_schema, tg_table_name),
    jsonb_build_object('before', to_jsonb(old), 'after', to_jsonb(new))
  );
  return null;
end;
$$;

comment on function private.audit_settings_change() is 'Trigger of settings and prices: writes the values before and after to admin_actions.';

revoke all on function private.audit_settings_change() from public, anon, authenticated, service_role;

-- schemas/10_users/tables/users.sql
-- One row a Telegram user. `credits` is moved only by the ledger (see credit_ledger).
create table public.users (
  id uuid not null default gen_random_uuid(),
  telegram_id bigint,
  first_name text not null,
  last_name text,
  username text,
  language_code text,
  photo_url text,
  allows_write_to_pm boolean not null default false,
  credits integer not null default 0,
  created_at timestamptz not null default now(),
  last_login_at timestamptz not null default now(),
  erased_at timestamptz,
  constraint users_pkey primary key (id),
  constraint users_telegram_id_key unique (telegram_id),
  constraint users_telegram_id_positive check (telegram_id > 0),
  constraint users_telegram_id_unless_erased check ((telegram_id is null) = (erased_at is not null)),
  constraint users_credits_not_negative check (credits >= 0)
) with (fillfactor = 80);

comment on table public.users is 'Telegram users of the Mini App. A user reads the own row; functions write.';
comment on column public.users.id is 'Subject (sub) of the access token.';
comment on column public.users.telegram_id is 'Telegram''s user id; null once the user was erased.';
comment on column public.users.first_name is 'As Telegram signed it at the last login.';
comment on column public.users.last_name is 'As Telegram signed it at the last login.';
comment on column public.users.username is 'Telegram username without @, if the user has one.';
comment on column public.users.language_code is 'IETF language tag Telegram reports.';
comment on column public.users.photo_url is 'Address of the profile photo, if shared.';
comment on column public.users.allows_write_to_pm is 'Whether the bot may message this user.';
comment on column public.users.credits is 'Balance; equals the sum of the user''s credit_ledger.delta, kept by its trigger.';
comment on column public.users.created_at is 'First login.';
comment on column public.users.last_login_at is 'Latest login with initData.';
comment on column public.users.erased_at is 'When admin.erase_user removed the personal data; the row stays for the ledger.';

alter table public.users enable row level security;

revoke all on table public.users from public, anon, authenticated, service_role;

-- The owner reads every column there is today; a new column is private until it is granted.
grant select (
  id, telegram_id, first_name, last_name, username, language_code, photo_url,
  allows_write_to_pm, credits, created_at, last_login_at, erased_at
) on table public.users to authenticated;

-- No write of credits: only the ledger's trigger moves a balance.
grant select on table public.users to service_role;

grant insert (
  telegram_id, first_name, last_name, username, language_code, photo_url, allows_write_to_pm
) on table public.users to service_role;

grant update (
  first_name, last_name, username, language_code, photo_url, allows_write_to_pm, last_login_at
) on table public.users to service_role;

create policy "users read their own row" on public.users
  for select to authenticated
  using (id = (select auth.uid()));

-- schemas/10_users/tables/sessions.sql
-- One row a login.
create table private.sessions (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text,
  constraint sessions_pkey primary key (id),
  constraint sessions_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
  constraint sessions_revoked_reason_known check (revoked_reason in ('logout', 'reuse', 'erased')),
  constraint sessions_revoked_has_reason check ((revoked_at is null) = (revoked_reason is null))
);

create index sessions_user_id_idx on private.sessions (user_id);
create index sessions_expires_at_idx on private.sessions (expires_at);

comment on table private.sessions is 'One row a login; its id is the session_id claim of the access tokens.';
comment on column private.sessions.id is 'Claim session_id.';
comment on column private.sessions.user_id is 'Whose session.';
comment on column private.sessions.created_at is 'When the user logged in.';
comment on column private.sessions.expires_at is 'When the latest refresh token ends; each refresh moves it on.';
comment on column private.sessions.revoked_at is 'When it was ended before its time.';
comment on column private.sessions.revoked_reason is 'logout; reuse (a spent refresh token came again); erased.';

alter table private.sessions enable row level security;

revoke all on table private.sessions from public, anon, authenticated, service_role;

grant select, insert, update, delete on table private.sessions to service_role;

-- schemas/30_generations/tables/generations.sql
-- One row an image asked for. The named checks carry the state machine:
-- PENDING -> PROCESSING -> COMPLETED | FAILED, PENDING -> CANCELLED | FAILED (expired in the queue).
create table public.generations (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  prompt text not null,
  size text not null,
  quality text not null,
  output_format text not null,
  status text not null default 'PENDING',
  attempt integer not null default 0,
  cost integer not null,
  public_url text,
  width integer,
  height integer,
  error_code text,
  created_at timestamptz not null default now(),
  queued_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  version integer not null default 1,
  message_id bigint,
  deleted_at timestamptz,
  constraint generations_pkey primary key (id),
  constraint generations_user_id_fkey foreign key (user_id) references public.users (id),
  constraint generations_prompt_length check (length(prompt) between 1 and 4000),
  constraint generations_size_known check (size in ('1024x1024', '1536x1024', '1024x1536')),
  constraint generations_quality_known check (quality in ('low', 'medium', 'high')),
  constraint generations_output_format_known check (output_format in ('png', 'webp', 'jpeg')),
  constraint generations_cost_positive check (cost > 0),
  constraint generations_attempt_not_negative check (attempt >= 0),
  constraint generations_status_known
    check (status in ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  constraint generations_error_code_known check (error_code in (
    'moderation_blocked', 'invalid_prompt', 'provider_unavailable', 'provider_timeout',
    'storage_unavailable', 'attempts_exhausted', 'internal')),
  constraint generations_pending_not_started
    check (status <> 'PENDING' or (attempt = 0 and started_at is null)),
  constraint generations_processing_has_started
    check (status <> 'PROCESSING' or (attempt > 0 and started_at is not null and message_id is not null)),
  constraint generations_finished_has_time
    check ((status in ('COMPLETED', 'FAILED', 'CANCELLED')) = (finished_at is not null)),
  constraint generations_completed_has_url check ((status = 'COMPLETED') = (public_url is not null)),
  constraint generations_failed_has_error_code check ((status = 'FAILED') = (error_code is not null)),
  constraint generations_width_positive check (width > 0),
  constraint generations_height_positive check (height > 0),
  constraint generations_finished_left_queue check (finished_at is null or message_id is null),
  constraint generations_queued_has_message check (message_id is null or queued_at is not null),
  constraint generations_deleted_is_finished check (deleted_at is null or finished_at is not null)
) with (fillfactor = 70);

create index generations_user_id_created_at_idx on public.generations (user_id, created_at desc, id desc);
create index generations_unfinished_idx on public.generations (user_id, created_at)
  where status in ('PENDING', 'PROCESSING');
create index generations_pending_message_idx on public.generations (message_id) where status = 'PENDING';

create unique index generations_message_id_key on public.generations (message_id) where message_id is not null;

create index generations_pending_created_at_idx on public.generations (created_at) where status = 'PENDING';
create index generations_blocked_idx on public.generations (user_id, finished_at) where error_code = 'moderation_blocked';
create index generations_processing_idx on public.generations (started_at) where status = 'PROCESSING';

alter table public.generations enable row level security;

revoke all on table public.generations from public, anon, authenticated, service_role;

-- Every column of today, so that select('*') works for the owner; a new one is private until granted.
grant select (
  id, user_id, prompt, size, quality, output_format, status, attempt, cost, public_url, width, height, error_code,
  created_at, queued_at, started_at, finished_at, version, message_id, deleted_at
) on table public.generations to authenticated;

-- Whose it is, what was asked and what it cost never changes.
grant select, insert on table public.generations to service_role;

grant update (
  status, attempt, public_url, width, height, error_code, queued_at, started_at, finished_at, message_id, deleted_at
) on table public.generations to service_role;

create policy "users read their own generations" on public.generations
  for select to authenticated
  using (user_id = (select auth.uid()) and deleted_at is null);

-- What each column of public.generations means.
comment on table public.generations is 'Images asked for, one row each. A user reads the own rows; functions write.';
comment on column public.generations.id is 'Job id; the object in the bucket is named by it.';
comment on column public.generations.user_id is 'Who asked and paid.';
comment on column public.generations.prompt is 'What to generate, 1 to 4,000 characters.';
comment on column public.generations.size is 'Width x height in pixels.';
comment on column public.generations.quality is 'low, medium or high; decides the cost.';
comment on column public.generations.output_format is 'png, webp or jpeg.';
comment on column public.generations.status is 'PENDING, PROCESSING, COMPLETED, FAILED or CANCELLED.';
comment on column public.generations.attempt is 'Number of the latest attempt and its fence: a write that carries an older one changes nothing.';
comment on column public.generations.cost is 'Credits debited at submission.';
comment on column public.generations.public_url is 'Address of the picture once COMPLETED.';
comment on column public.generations.width is 'Pixels across of the picture, which may differ from size; null until COMPLETED.';
comment on column public.generations.height is 'Pixels down, as width.';
comment on column public.generations.error_code is 'Why it FAILED; the credits are back.';
comment on column public.generations.created_at is 'When it was accepted.';
comment on column public.generations.queued_at is 'When its message entered the queue; null while the user''s lane is full.';
comment on column public.generations.started_at is 'First claim by a worker.';
comment on column public.generations.finished_at is 'When it reached COMPLETED, FAILED or CANCELLED.';
comment on column public.generations.version is 'Grows with every change: a client drops what is older than what it has.';
comment on column public.generations.message_id is 'Its message in the pgmq queue generations; null before and after.';
comment on column public.generations.deleted_at is 'When the user removed it; hidden from then on.';

create trigger generations_transition_is_guarded
  before update on public.generations
  for each row execute function private.guard_generation_transition();
create trigger generations_wake_workers
  after insert on public.generations
  for each statement execute function private.wake_on_generation_insert();
create trigger generations_are_broadcast
  after update on public.generations
  for each row
  when (old.status is distinct from new.status or old.attempt is distinct from new.attempt)
  execute function private.broadcast_generation();
create trigger generations_retire_previews
  after update on public.generations
  for each row
  when (old.finished_at is null and new.finished_at is not null)
  execute function private.retire_previews();
create trigger generations_plan_bot_message
  after update on public.generations
  for each row
  when (old.status <> 'COMPLETED' and new.status = 'COMPLETED')
  execute function private.plan_bot_message();

-- schemas/10_users/tables/rate_limits.sql
-- Unlogged: a crash empties it, which only forgives a minute of limits.
create unlogged table private.rate_limits (
  rule text not null,
  identifier text not null,
  tokens double precision not null,
  updated_at timestamptz not null,
  constraint rate_limits_pkey primary key (rule, identifier)
) with (fillfactor = 70);

create index rate_limits_updated_at_idx on private.rate_limits (updated_at);

comment on table private.rate_limits is 'Token buckets that hold the limits while Redis does not answer.';
comment on column private.rate_limits.rule is 'Name of the limit.';
comment on column private.rate_limits.identifier is 'Who is limited: a user, a Telegram id, an address.';
comment on column private.rate_limits.tokens is 'Tokens left at updated_at.';
comment on column private.rate_limits.updated_at is 'When tokens was computed.';

alter table private.rate_limits enable row level security;

revoke all on table private.rate_limits from public, anon, authenticated, service_role;

grant select, insert, update, delete on table private.rate_limits to service_role;

-- schemas/10_users/tables/refresh_tokens.sql
-- Rotating refresh tokens of the sessions. Only hashes are stored.
create table private.refresh_tokens (
  token_hash text not null,
  session_id uuid not null,
  created_at timestamptz not null default now(),
  spent_at timestamptz,
  constraint refresh_tokens_pkey primary key (token_hash),
  constraint refresh_tokens_session_id_fkey foreign key (session_id)
    references private.sessions (id) on delete cascade,
  constraint refresh_tokens_token_hash_length check (length(token_hash) = 64)
);

create index refresh_tokens_spent_at_idx on private.refresh_tokens (spent_at) where spent_at is not null;
create index refresh_tokens_session_id_idx on private.refresh_tokens (session_id);

comment on table private.refresh_tokens is 'Each refresh token ever given in a living session; a spent one that returns betrays a theft.';
comment on column private.refresh_tokens.token_hash is 'SHA-256 of the token, lower-case hex.';
comment on column private.refresh_tokens.session_id is 'Session it renews.';
comment on column private.refresh_tokens.created_at is 'When it was issued.';
comment on column private.refresh_tokens.spent_at is 'When it was exchanged for the next one.';

alter table private.refresh_tokens enable row level security;

revoke all on table private.refresh_tokens from public, anon, authenticated, service_role;
grant select, insert, update, delete on table private.refresh_tokens to service_role;

-- schemas/10_users/tables/signup_grants.sql
-- Who was given signup credits: a user who is erased and comes back is not given them again.
create table private.signup_grants (
  telegram_id_hash text not null,
  granted_at timestamptz not null default now(),
  constraint signup_grants_pkey primary key (telegram_id_hash),
  constraint signup_grants_telegram_id_hash_length check (length(telegram_id_hash) = 64)
);

comment on table private.signup_grants is 'Telegram users whose signup credits were granted; kept when a user is erased.';
comment on column private.signup_grants.telegram_id_hash is 'HMAC-SHA256 of the Telegram id by a key of the functions, lower-case hex: not reversible here.';
comment on column private.signup_grants.granted_at is 'When.';

alter table private.signup_grants enable row level security;
revoke all on table private.signup_grants from public, anon, authenticated, service_role;
grant select, insert on table private.signup_grants to service_role;

-- schemas/20_credits/tables/credit_ledger.sql
-- Every credit that ever moved. Append-only: no API role may update or delete, and a trigger refuses it to all.
create table public.credit_ledger (
  id bigint not null generated always as identity,
  user_id uuid not null,
  delta integer not null,
  kind text not null,
  generation_id uuid,
  note text,
  actor text not null default current_user,
  created_at timestamptz not null default now(),
  constraint credit_ledger_pkey primary key (id),
  constraint credit_ledger_user_id_fkey foreign key (user_id) references public.users (id),
  constraint credit_ledger_generation_id_fkey foreign key (generation_id) references public.generations (id),
  constraint credit_ledger_once_a_generation unique (generation_id, kind),
  constraint credit_ledger_kind_known
    check (kind in ('signup', 'grant', 'generation', 'refund', 'goodwill')),
  constraint credit_ledger_generation_by_kind
    check ((kind in ('generation', 'refund', 'goodwill')) = (generation_id is not null)),
  constraint credit_ledger_sign_by_kind check (
    case kind when 'generation' then delta < 0 when 'grant' then delta <> 0 else delta > 0 end)
);

create unique index credit_ledger_one_signup_a_user on public.credit_ledger (user_id) where kind = 'signup';

create index credit_ledger_user_id_idx on public.credit_ledger (user_id, id);

comment on table public.credit_ledger is 'Append-only account of credits. users.credits is the sum of a user''s deltas.';
comment on column public.credit_ledger.id is 'Order of entries.';
comment on column public.credit_ledger.user_id is 'Whose credits.';
comment on column public.credit_ledger.delta is 'Credits added (positive) or taken (negative).';
comment on column public.credit_ledger.kind is 'signup, grant (operator), generation (debit), refund (failed or cancelled), goodwill (operator, for a finished picture).';
comment on column public.credit_ledger.generation_id is 'Which generation, for generation, refund and goodwill; each at most once.';
comment on column public.credit_ledger.note is 'Why, in words the user may read; an operator''s note is in private.admin_actions.';
comment on column public.credit_ledger.actor is 'Database role that acted.';
comment on column public.credit_ledger.created_at is 'When.';

alter table public.credit_ledger enable row level security;

revoke all on table public.credit_ledger from public, anon, authenticated, service_role;

-- Projects made before 2026-10-30 grant new sequences to the API roles.
revoke all on sequence public.credit_ledger_id_seq from public, anon, authenticated, service_role;

grant select (id, user_id, delta, kind, generation_id, note, actor, created_at)
  on table public.credit_ledger to authenticated;

grant select, insert on table public.credit_ledger to service_role;

create policy "users read their own ledger" on public.credit_ledger
  for select to authenticated
  using (user_id = (select auth.uid()));

create trigger credit_ledger_is_append_only
  before update or delete or truncate on public.credit_ledger
  for each statement execute function private.refuse_change();

-- Balances move once a statement, not once an entry: a batch of submissions costs one update.
create trigger credit_ledger_applies_to_balance
  after insert on public.credit_ledger
  referencing new table as added
  for each statement execute function private.apply_ledger_entries();

-- schemas/20_credits/tables/prices.sql
-- What an image costs, by quality.
create table public.prices (
  quality text not null,
  credits integer not null,
  credits_per_image integer not null default 1,
  constraint prices_pkey primary key (quality),
  constraint prices_quality_known check (quality in ('low', 'medium', 'high')),
  constraint prices_credits_positive check (credits > 0),
  constraint prices_credits_per_image_not_negative check (credits_per_image >= 0)
);

comment on table public.prices is 'Credits one image costs, by quality; read live at each submission. Every logged-in user reads them; an operator edits them.';
comment on column public.prices.quality is 'low, medium or high, as the provider names them.';
comment on column public.prices.credits is 'Credits debited when a generation is accepted.';

comment on column public.prices.credits_per_image is 'Credits debited for each reference image beside that.';

alter table public.prices enable row level security;

revoke all on table public.prices from public, anon, authenticated, service_role;

grant select (quality, credits, credits_per_image) on table public.prices to authenticated;
grant select on table public.prices to service_role;

create policy "users read the prices" on public.prices
  for select to authenticated
  using (true);

create trigger prices_change_is_audited
  after update on public.prices
  for each row when (old.* is distinct from new.*)
  execute function private.audit_settings_change();

-- schemas/30_generations/tables/idempotency_keys.sql
-- Answers already given under an Idempotency-Key.
create table private.idempotency_keys (
  user_id uuid not null,
  key text not null,
  request_hash text not null,
  generation_id uuid not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  constraint idempotency_keys_pkey primary key (user_id, key),
  constraint idempotency_keys_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
  constraint idempotency_keys_generation_id_fkey foreign key (generation_id) references public.generations (id),
  constraint idempotency_keys_key_length check (length(key) between 1 and 255)
);

create index idempotency_keys_created_at_idx on private.idempotency_keys (created_at);
create index idempotency_keys_generation_id_idx on private.idempotency_keys (generation_id);

comment on table private.idempotency_keys is 'Answers already given, by user and Idempotency-Key; kept 24 hours.';
comment on column private.idempotency_keys.user_id is 'Whose key: keys of different users never meet.';
comment on column private.idempotency_keys.key is 'Header Idempotency-Key.';
comment on column private.idempotency_keys.request_hash is 'SHA-256 of the validated body: another body under the same key is a conflict.';
comment on column private.idempotency_keys.generation_id is 'Generation the first request made.';
comment on column private.idempotency_keys.answer is 'Body of the first answer.';
comment on column private.idempotency_keys.created_at is 'When the first request was accepted.';

alter table private.idempotency_keys enable row level security;

revoke all on table private.idempotency_keys from public, anon, authenticated, service_role;

grant select, insert, delete on table private.idempotency_keys to service_role;

-- schemas/40_queue/tables/doorbell.sql
-- When the worker was last woken by a webhook, and when a worker last claimed. Two rows, so that neither waits for the other's lock.
create table private.doorbell (
  event text not null,
  at timestamptz,
  error text,
  constraint doorbell_pkey primary key (event),
  constraint doorbell_event_known check (event in ('rung', 'answered'))
);

comment on table private.doorbell is 'Debounce of the webhook: the latest ring and the latest claim, a row each.';
comment on column private.doorbell.event is 'rung (a webhook was queued) or answered (a claim began).';
comment on column private.doorbell.error is 'Why the latest ring could not be queued; null: it could.';
comment on column private.doorbell.at is 'When it last happened; null: never.';

alter table private.doorbell enable row level security;
revoke all on table private.doorbell from public, anon, authenticated, service_role;
grant select, update on table private.doorbell to service_role;

-- schemas/40_queue/tables/generation_attempts.sql
-- One row an attempt: its lease while it runs, its outcome afterwards.
create table private.generation_attempts (
  generation_id uuid not null,
  attempt integer not null,
  worker_id uuid not null,
  claimed_at timestamptz not null default clock_timestamp(),
  lease_expires_at timestamptz not null,
  provider_finished_at timestamptz,
  finished_at timestamptz,
  outcome text,
  error_code text,
  error_message text,
  model text,
  latency_ms integer,
  usage jsonb,
  maybe_billed boolean not null default false,
  constraint generation_attempts_pkey primary key (generation_id, attempt),
  constraint generation_attempts_generation_id_fkey foreign key (generation_id)
    references public.generations (id),
  constraint generation_attempts_attempt_positive check (attempt > 0),
  constraint generation_attempts_outcome_known check (outcome in (
    'completed', 'recovered', 'permanent', 'transient', 'storage', 'rate', 'money', 'configuration', 'lost', 'released',
    'interrupted')),
  constraint generation_attempts_finished_has_outcome check ((finished_at is null) = (outcome is null))
) with (fillfactor = 80);

-- Few rows at any time: what the semaphore counts and the sweep looks through.
create index generation_attempts_active_idx on private.generation_attempts (generation_id)
  where finished_at is null;
create index generation_attempts_claimed_at_idx on private.generation_attempts (claimed_at);

comment on table private.generation_attempts is 'Every attempt of every generation, with its lease and outcome.';
comment on column private.generation_attempts.generation_id is 'Which generation.';
comment on column private.generation_attempts.attempt is 'Fence number, from 1.';
comment on column private.generation_attempts.worker_id is 'Isolate that claimed it.';
comment on column private.generation_attempts.claimed_at is 'When it was claimed; also the provider budget''s clock.';
comment on column private.generation_attempts.lease_expires_at is 'Until when the worker holds it; heartbeats move it on.';
comment on column private.generation_attempts.provider_finished_at is 'When the provider''s call ended: the slot of the semaphore is free from then on.';
comment on column private.generation_attempts.finished_at is 'When the attempt ended.';
comment on column private.generation_attempts.outcome is
  'completed; recovered (the picture was already stored); permanent; transient; storage; rate; money; configuration (every job would fail so); lost (lease ran out); released (given back before the provider was called); interrupted (given back after).';
comment on column private.generation_attempts.error_code is 'Error code of the public contract, when it failed.';
comment on column private.generation_attempts.error_message is 'For operators: what went wrong, without secrets.';
comment on column private.generation_attempts.model is 'Model that was called.';
comment on column private.generation_attempts.latency_ms is 'Milliseconds the provider took.';
comment on column private.generation_attempts.usage is 'Token usage the provider reported.';
comment on column private.generation_attempts.maybe_billed is 'Whether the provider billed the call, or may have: it brought no picture all the same.';

alter table private.generation_attempts enable row level security;

revoke all on table private.generation_attempts from public, anon, authenticated, service_role;

grant select, insert, update on table private.generation_attempts to service_role;

-- schemas/40_queue/tables/pgmq_generations.sql
-- The pgmq queue. A message is {"generation_id": uuid}; the row is the truth. The archive holds dead letters only.
select pgmq.create('generations');

alter table pgmq.q_generations enable row level security;
alter table pgmq.a_generations enable row level security;

grant usage on schema pgmq to service_role;
grant select, insert, update, delete on table pgmq.q_generations to service_role;
grant select, insert on table pgmq.a_generations to service_role;
grant usage on all sequences in schema pgmq to service_role;
grant select on table pgmq.meta to service_role;

-- The queue's table is small and churns: vacuum by count, not by share.
alter table pgmq.q_generations set (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000
);

-- schemas/40_queue/tables/provider_models.sql
-- What is known of the configured models: retired by a 404, listed by the provider, and until when.
create table private.provider_models (
  model text not null,
  retired_at timestamptz,
  is_listed boolean,
  shutdown_date date,
  constraint provider_models_pkey primary key (model),
  constraint provider_models_model_length check (length(model) between 1 and 100)
);

comment on table private.provider_models is 'Models of OPENAI_IMAGE_MODELS as the provider told of them.';
comment on column private.provider_models.model is 'Name of the model.';
comment on column private.provider_models.retired_at is 'When a call last found that the provider does not have it; null: never.';
comment on column private.provider_models.is_listed is 'Whether the provider''s list had it when it was last asked for; null: not asked yet.';
comment on column private.provider_models.shutdown_date is 'When the provider ends it, by its list; null: not announced.';

alter table private.provider_models enable row level security;
revoke all on table private.provider_models from public, anon, authenticated, service_role;
grant select, insert, update on table private.provider_models to service_role;

-- schemas/40_queue/tables/provider_state.sql
-- What all workers must agree on about the provider: pauses, pace, streaks of failures. One row.
create table private.provider_state (
  singleton boolean not null default true,
  paused_until timestamptz,
  pause_kind text,
  pause_note text,
  pause_count integer not null default 0,
  rate_paused_until timestamptz,
  rate_refused_at timestamptz,
  concurrency_limit integer,
  concurrency_changed_at timestamptz not null default now(),
  models_checked_at timestamptz,
  streak_signature text,
  streak_user_ids uuid[] not null default '{}',
  constraint provider_state_pkey primary key (singleton),
  constraint provider_state_one_row check (singleton),
  constraint provider_state_pause_kind_known check (pause_kind in ('operator', 'money', 'storage', 'configuration')),
  constraint provider_state_pause_is_whole check ((paused_until is null) = (pause_kind is null)),
  constraint provider_state_concurrency_limit_positive check (concurrency_limit > 0)
);

comment on table private.provider_state is 'Pauses, pace and streaks of failures: one row shared by all workers.';
comment on column private.provider_state.singleton is 'Holds the table to one row.';
comment on column private.provider_state.paused_until is 'No submission is accepted and no job claimed until then; infinity: until admin.resume.';
comment on column private.provider_state.pause_kind is 'operator, money (the provider refused for lack of funds) storage (a picture could not be stored) or configuration (the provider refuses what every job asks).';
comment on column private.provider_state.pause_note is 'Why, for operators.';
comment on column private.provider_state.pause_count is 'Pauses in a row that were not the operator''s; doubles the next one.';
comment on column private.provider_state.rate_paused_until is 'No job is claimed until then: the provider answered 429 with Retry-After.';
comment on column private.provider_state.rate_refused_at is 'When the provider last refused for its rate; null: never.';
comment on column private.provider_state.concurrency_limit is 'Lowered concurrency after rate 429s, growing back to max_concurrent; null: not lowered.';
comment on column private.provider_state.concurrency_changed_at is 'When concurrency_limit last changed.';
comment on column private.provider_state.models_checked_at is 'When the provider''s list of models was last asked for; null: never.';
comment on column private.provider_state.streak_signature is 'What the latest failures had in common; null after a picture.';
comment on column private.provider_state.streak_user_ids is 'Users whose jobs failed so in a row, three at most.';

alter table private.provider_state enable row level security;
revoke all on table private.provider_state from public, anon, authenticated, service_role;
grant select, update on table private.provider_state to service_role;

-- schemas/40_queue/tables/queue_state.sql
-- The measured service time, so that submissions need not compute it. One row.
create table private.queue_state (
  singleton boolean not null default true,
  service_ms integer not null default 15000,
  measured_at timestamptz,
  constraint queue_state_pkey primary key (singleton),
  constraint queue_state_one_row check (singleton),
  constraint queue_state_service_ms_range check (service_ms between 50 and 3600000)
);

comment on table private.queue_state is 'Service time of the provider, measured at most once a second (private.measure_service_time).';
comment on column private.queue_state.singleton is 'Holds the table to one row.';
comment on column private.queue_state.service_ms is 'Milliseconds from a claim to the end of the provider''s call.';
comment on column private.queue_state.measured_at is 'When service_ms was measured; null: never, and service_ms is a guess.';

alter table private.queue_state enable row level security;
revoke all on table private.queue_state from public, anon, authenticated, service_role;
grant select, update on table private.queue_state to service_role;

-- schemas/40_queue/tables/settings.sql
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

-- schemas/50_delivery/tables/bot_messages.sql
-- The message when nobody looks: a finished picture the user did not fetch is sent to the user's chat.
create table private.bot_messages (
  generation_id uuid not null,
  planned_at timestamptz not null default pg_catalog.clock_timestamp(),
  seen_at timestamptz,
  sent_at timestamptz,
  tries integer not null default 0,
  outcome text,
  constraint bot_messages_pkey primary key (generation_id),
  constraint bot_messages_generation_id_fkey foreign key (generation_id) references public.generations (id),
  constraint bot_messages_outcome_known check (outcome in ('sent', 'blocked', 'failed')),
  constraint bot_messages_outcome_was_sent check (outcome is null or sent_at is not null)
);

comment on table private.bot_messages is 'Planned messages of the bot, at most one a generation.';
comment on column private.bot_messages.generation_id is 'Which picture.';
comment on column private.bot_messages.planned_at is 'When the generation was completed.';
comment on column private.bot_messages.seen_at is 'When the owner fetched it: no message then.';
comment on column private.bot_messages.sent_at is 'When it was handed to the Bot API, set before: it is never handed over twice.';
comment on column private.bot_messages.tries is 'Times that Telegram, or the picture''s address, did not answer.';
comment on column private.bot_messages.outcome is 'sent; blocked (the user blocked the bot); failed.';

alter table private.bot_messages enable row level security;

revoke all on table private.bot_messages from public, anon, authenticated, service_role;

grant select, insert, update on table private.bot_messages to service_role;

-- schemas/50_delivery/tables/generation_previews.sql
-- Previews while the provider generates: objects beside the picture, gone when the generation ends.
create table private.generation_previews (
  object_key text not null,
  generation_id uuid not null,
  created_at timestamptz not null default pg_catalog.clock_timestamp(),
  constraint generation_previews_pkey primary key (object_key),
  constraint generation_previews_generation_id_fkey foreign key (generation_id)
    references public.generations (id)
);

create index generation_previews_generation_id_idx on private.generation_previews (generation_id);

comment on table private.generation_previews is 'Preview objects of unfinished generations; at the end they move to object_deletions.';
comment on column private.generation_previews.object_key is 'Key in the bucket.';
comment on column private.generation_previews.generation_id is 'Which generation.';
comment on column private.generation_previews.created_at is 'When it was announced.';

alter table private.generation_previews enable row level security;

revoke all on table private.generation_previews from public, anon, authenticated, service_role;

grant select, insert, delete on table private.generation_previews to service_role;

-- schemas/50_delivery/tables/object_deletions.sql
-- Objects to be removed from the bucket.
create table private.object_deletions (
  object_key text not null,
  requested_at timestamptz not null default now(),
  constraint object_deletions_pkey primary key (object_key)
);

comment on table private.object_deletions is 'Pictures to remove from the bucket; a row goes when its object is gone.';
comment on column private.object_deletions.object_key is 'Key in the bucket.';
comment on column private.object_deletions.requested_at is 'When the removal was asked for.';

alter table private.object_deletions enable row level security;

revoke all on table private.object_deletions from public, anon, authenticated, service_role;

grant select, insert, delete on table private.object_deletions to service_role;

-- schemas/50_delivery/tables/pgmq_bot_messages.sql
-- The pgmq queue of the bot's messages: no request and no generation waits for the Bot API.
select pgmq.create('bot_messages');

alter table pgmq.q_bot_messages enable row level security;
alter table pgmq.a_bot_messages enable row level security;

grant select, insert, update, delete on table pgmq.q_bot_messages to service_role;
grant select, insert on table pgmq.a_bot_messages to service_role;
grant usage on all sequences in schema pgmq to service_role;

-- schemas/90_admin/tables/admin_actions.sql
-- The audit: every act of an operator, with who, when and why.
create table private.admin_actions (
  id bigint not null generated always as identity,
  at timestamptz not null default clock_timestamp(),
  actor text not null default session_user,
  action text not null,
  arguments jsonb not null default '{}'::jsonb,
  note text,
  constraint admin_actions_pkey primary key (id)
);

comment on table private.admin_actions is 'Audit of operators: one row an act, never changed.';
comment on column private.admin_actions.id is 'Order of acts.';
comment on column private.admin_actions.at is 'When.';
comment on column private.admin_actions.actor is 'Database login that acted.';
comment on column private.admin_actions.action is 'Function called or table changed.';
comment on column private.admin_actions.arguments is 'What it was called with, or the values before and after.';
comment on column private.admin_actions.note is 'Why, in the operator''s words.';

alter table private.admin_actions enable row level security;

revoke all on table private.admin_actions from public, anon, authenticated, service_role;

create trigger admin_actions_is_append_only
  before update or delete or truncate on private.admin_actions
  for each statement execute function private.refuse_change();

-- schemas/50_delivery/policies/realtime_messages.sql
-- A user joins the own private topic only. Kept alone and small: policies here lock the realtime tables.
create policy "users receive their own topic" on realtime.messages
  for select to authenticated
  using (
    realtime.messages.extension = 'broadcast'
    and (select realtime.topic()) = 'user:' || (select auth.uid())::text
  );

-- schemas/50_delivery/policies/supabase_realtime.sql
-- postgres_changes on the own rows, for clients that watch one generation.
alter publication supabase_realtime add table public.generations;

-- schemas/10_users/functions/assert_session.sql
-- The caller of a request must exist and must not have logged out.
create function private.assert_session(user_id uuid, session_id uuid) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1 from public.users as u where u.id = assert_session.user_id and u.erased_at is null
  ) or exists (
    select 1 from private.sessions as s where s.id = assert_session.session_id and s.revoked_at is not null
  ) then
    raise exception using errcode = 'PX401', message = 'The session has ended: log in again';
  end if;
end;
$$;

comment on function private.assert_session(uuid, uuid) is 'Raises PX401 for an unknown or erased user and for a revoked session.';

revoke all on function private.assert_session(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function private.assert_session(uuid, uuid) to service_role;

-- schemas/10_users/functions/login_user.sql
-- A verified login: the user is made or refreshed, the first login is granted the signup credits, a session opens.
create function public.login_user(
  telegram_id bigint,
  first_name text,
  last_name text,
  username text,
  language_code text,
  photo_url text,
  allows_write_to_pm boolean,
  refresh_token_hash text,
  telegram_id_hash text default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  tuning private.settings;
  account public.users;
  is_new boolean;
  session private.sessions;
begin
  select s.* into tuning from private.settings as s;
  insert into public.users as u
    (telegram_id, first_name, last_name, username, language_code, photo_url, allows_write_to_pm)
  values (
    login_user.telegram_id, login_user.first_name, login_user.last_name, login_user.username,
    login_user.language_code, login_user.photo_url, coalesce(login_user.allows_write_to_pm, false))
  on conflict on constraint users_telegram_id_key do update
  set
    first_name = excluded.first_name,
    last_name = excluded.last_name,
    username = excluded.username,
    language_code = excluded.language_code,
    photo_url = excluded.photo_url,
    allows_write_to_pm = excluded.allows_write_to_pm,
    last_login_at = pg_catalog.clock_timestamp()
  returning (u.xmax = 0) into is_new; -- xmax is 0 only in a row this statement inserted

  select u.* into account from public.users as u where u.telegram_id = login_user.telegram_id;
  if is_new and login_user.telegram_id_hash is not null then
    insert into private.signup_grants (telegram_id_hash) values (login_user.telegram_id_hash)
    on conflict on constraint signup_grants_pkey do nothing;
    is_new := found; -- else the credits were granted before the user was erased
  end if;
  if is_new and tuning.signup_credits > 0 then
    insert into public.credit_ledger (user_id, delta, kind, note)
    values (account.id, tuning.signup_credits, 'signup', 'first login');
    account.credits := tuning.signup_credits;
  end if;

  -- The same request, sent again by the network stack: the refresh token is a fresh secret of the function's.
  select s.* into session
  from private.sessions as s
  join private.refresh_tokens as t on t.session_id = s.id
  where t.token_hash = login_user.refresh_token_hash and s.user_id = account.id;
  if found then
    return pg_catalog.jsonb_build_object('user', private.user_view(account), 'session_id', session.id);
  end if;

  insert into private.sessions (user_id, expires_at)
  values (account.id, pg_catalog.clock_timestamp() + make_interval(days => tuning.session_days))
  returning * into session;
  insert into private.refresh_tokens (token_hash, session_id)
  values (login_user.refresh_token_hash, session.id);

  return pg_catalog.jsonb_build_object('user', private.user_view(account), 'session_id', session.id);
end;
$$;

comment on function public.login_user(bigint, text, text, text, text, text, boolean, text, text) is
  'Opens a session for a verified Telegram user: {"user", "session_id"}. telegram_id_hash remembers the signup credits beyond an erasure; null: not remembered. Functions only.';

revoke all on function public.login_user(bigint, text, text, text, text, text, boolean, text, text)
  from public, anon, authenticated, service_role;
grant execute on function public.login_user(bigint, text, text, text, text, text, boolean, text, text) to service_role;

-- schemas/10_users/functions/read_rate_limit.sql
-- A bucket looked at without taking from it.
create function public.read_rate_limit(rule_name text, identifier text, tokens_per_minute integer)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  tokens double precision := (
    select least(tokens_per_minute, r.tokens + greatest(0, extract(
      epoch from pg_catalog.clock_timestamp() - r.updated_at)) * tokens_per_minute / 60.0)
    from private.rate_limits as r
    where r.rule = rule_name and r.identifier = read_rate_limit.identifier
  );
begin
  tokens := coalesce(tokens, tokens_per_minute);
  return pg_catalog.jsonb_build_object(
    'limit', tokens_per_minute,
    'remaining', floor(tokens)::integer,
    'reset_seconds', greatest(1, ceil((1 - (tokens - floor(tokens))) * 60.0 / tokens_per_minute)::integer)
  );
end;
$$;

comment on function public.read_rate_limit(text, text, integer) is
  'What take_rate_limit_token would find in the bucket, nothing being taken: {"limit", "remaining", "reset_seconds" until the next token}. Functions only.';

revoke all on function public.read_rate_limit(text, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.read_rate_limit(text, text, integer) to service_role;

-- schemas/10_users/functions/refresh_session.sql
-- Exchanges a refresh token for the next one.
create function public.refresh_session(
  refresh_token_hash text,
  next_refresh_token_hash text,
  attempts_per_minute integer default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- Two tabs, or an answer that was lost: as long after it was spent a token is exchanged again.
  grace constant interval := '30 seconds';
  token private.refresh_tokens;
  session private.sessions;
  account public.users;
  bucket jsonb;
begin
  select t.* into token
  from private.refresh_tokens as t
  where t.token_hash = refresh_session.refresh_token_hash;
  -- The session is the lock: two requests with one token are one after the other, and the second sees it spent.
  select s.* into session from private.sessions as s where s.id = token.session_id for update;
  if session.id is null
    or session.revoked_at is not null
    or session.expires_at < pg_catalog.clock_timestamp() then
    return pg_catalog.jsonb_build_object('outcome', 'invalid');
  end if;
  select t.* into token
  from private.refresh_tokens as t
  where t.token_hash = refresh_session.refresh_token_hash;

  if token.spent_at < pg_catalog.clock_timestamp() - grace then
    update private.sessions as s
    set revoked_at = pg_catalog.clock_timestamp(), revoked_reason = 'reuse'
    where s.id = session.id;
    return pg_catalog.jsonb_build_object('outcome', 'reused');
  end if;

  select u.* into account from public.users as u where u.id = session.user_id;
  if token.spent_at is null then
    if attempts_per_minute is not null then
      bucket := public.take_rate_limit_token('refresh_user', account.id::text, attempts_per_minute);
      if not (bucket -> 'allowed')::boolean then
        return pg_catalog.jsonb_build_object('outcome', 'limited', 'rate_limit', bucket);
      end if;
    end if;
    update private.refresh_tokens as t set spent_at = pg_catalog.clock_timestamp() where t.token_hash = token.token_hash;
  end if;
  insert into private.refresh_tokens (token_hash, session_id)
  values (refresh_session.next_refresh_token_hash, session.id)
  on conflict on constraint refresh_tokens_pkey do nothing;
  update private.sessions as s
  set expires_at = pg_catalog.clock_timestamp()
    + make_interval(days => (select t.session_days from private.settings as t))
  where s.id = session.id;
  return pg_catalog.jsonb_build_object(
    'outcome', 'refreshed', 'user', private.user_view(account), 'session_id', session.id);
end;
$$;

comment on function public.refresh_session(text, text, integer) is
  'Rotates a refresh token: {"outcome": refreshed | invalid | reused, "user", "session_id"}. A spent token is exchanged again for 30 seconds (the caller derives the same next one); later it is reused, and its session has been revoked. Beyond attempts_per_minute (null: no limit) of one user, over all sessions: {"outcome": "limited", "rate_limit"}, and the token stays good. Functions only.';

revoke all on function public.refresh_session(text, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.refresh_session(text, text, integer) to service_role;

-- schemas/10_users/functions/revoke_session.sql
-- Logout.
create function public.revoke_session(user_id uuid, session_id uuid) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update private.sessions as s
  set revoked_at = pg_catalog.clock_timestamp(), revoked_reason = 'logout'
  where s.id = revoke_session.session_id
    and s.user_id = revoke_session.user_id
    and s.revoked_at is null;
end;
$$;

comment on function public.revoke_session(uuid, uuid) is 'Ends a session of the user; a repeated call changes nothing. Functions only.';

revoke all on function public.revoke_session(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.revoke_session(uuid, uuid) to service_role;

-- schemas/10_users/functions/take_rate_limit_token.sql
-- The rate limit while Redis does not answer: the same token bucket, one row an identifier.
create function public.take_rate_limit_token(rule_name text, identifier text, tokens_per_minute integer)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
  left_over double precision;
  allowed boolean;
begin
  -- The upsert locks the bucket: racing requests take their tokens one after another.
  insert into private.rate_limits as r (rule, identifier, tokens, updated_at)
  values (rule_name, take_rate_limit_token.identifier, tokens_per_minute, instant)
  on conflict on constraint rate_limits_pkey do update
  set
    tokens = least(
      tokens_per_minute,
      r.tokens + extract(epoch from instant - least(instant, r.updated_at)) * tokens_per_minute / 60.0
    ),
    -- Not the later of the two: after a clock was set back the bucket would not refill until it has caught up.
    updated_at = instant
  returning r.tokens into left_over;

  allowed := left_over >= 1;
  if allowed then
    left_over := left_over - 1;
    update private.rate_limits as r set tokens = left_over
    where r.rule = rule_name and r.identifier = take_rate_limit_token.identifier;
  end if;

  return pg_catalog.jsonb_build_object(
    'allowed', allowed,
    'limit', tokens_per_minute,
    'remaining', floor(left_over)::integer,
    'reset_seconds', greatest(1, ceil((1 - (left_over - floor(left_over))) * 60.0 / tokens_per_minute)::integer)
  );
end;
$$;

comment on function public.take_rate_limit_token(text, text, integer) is
  'Takes one token from a bucket of tokens_per_minute, refilled evenly: {"allowed", "limit", "remaining", "reset_seconds" until the next token}. Functions only.';

revoke all on function public.take_rate_limit_token(text, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.take_rate_limit_token(text, text, integer) to service_role;

-- schemas/10_users/functions/user_view.sql
-- A user as auth answers it.
create function private.user_view(account public.users) returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select pg_catalog.jsonb_build_object(
    'id', (account).id,
    'telegram_id', (account).telegram_id,
    'first_name', (account).first_name,
    'username', (account).username,
    'credits', (account).credits
  )
$$;

comment on function private.user_view(public.users) is 'JSON of user in the answers of auth: id, telegram_id, first_name, username, credits.';

revoke all on function private.user_view(public.users) from public, anon, authenticated, service_role;
grant execute on function private.user_view(public.users) to service_role;

-- schemas/30_generations/functions/admit_submissions.sql
-- Of checked submissions those whose wait would not pass max_queue_seconds, with their places; by a count without a lock.
create function private.admit_submissions(submissions jsonb, locked_user_ids uuid[]) returns table (
  place integer,
  submission jsonb,
  user_id uuid,
  outcome text,
  refusal jsonb,
  answer jsonb,
  rate_limit jsonb,
  price integer,
  balance integer,
  enters_queue boolean,
  estimate jsonb
)
language plpgsql
security invoker
set search_path = ''
-- Planning it anew takes as long as running it for ten submissions.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  tuning private.settings;
  pace record;
  queue_length integer := private.queue_length();
begin
  select s.* into tuning from private.settings as s;
  pace := private.queue_pace();
  return query
  with checked as materialized (
    select c.*, c.outcome = 'accepted' and c.in_queue < tuning.per_user_concurrency as enters_queue
    from private.check_submissions(admit_submissions.submissions, admit_submissions.locked_user_ids) as c
  ), placed as materialized (
    select c.*,
      queue_length + count(*) filter (where c.enters_queue) over (
        order by c.place rows between unbounded preceding and 1 preceding) as length,
      case when c.enters_queue then 0 else c.unfinished / tuning.per_user_concurrency end as lane_rounds
    from checked as c
  ), waiting as materialized (
    select p.*, own.ahead, private.expected_wait_seconds(
      own.ahead, p.lane_rounds, pace.starts_per_second, pace.service_seconds, pace.pause_seconds) as wait_seconds
    from placed as p
    cross join lateral (select p.length * greatest(1, p.lane_rounds) as ahead) as own
  )
  select
    w.place, w.submission, w.user_id,
    case when too_long.refusal is null then w.outcome else 'refused' end,
    coalesce(w.refusal, too_long.refusal), w.answer, w.rate_limit, w.price, w.balance, w.enters_queue,
    pg_catalog.jsonb_build_object(
      'position', w.ahead + 1, 'eta_seconds', w.wait_seconds + pace.service_seconds)
  from waiting as w
  cross join lateral (
    select case when w.outcome = 'accepted' and w.wait_seconds > tuning.max_queue_seconds then private.refusal(
      'PX503', 'The queue is full for now: nothing was charged',
      -- At least a twentieth of the longest wait: a client that returns each second spends its rate limit on refusals.
      pg_catalog.jsonb_build_object('retry_after_seconds', least(300, greatest(
        1, ceil(tuning.max_queue_seconds / 20.0), w.wait_seconds - tuning.max_queue_seconds)))) end as refusal
  ) as too_long;
end;
$$;

comment on function private.admit_submissions(jsonb, uuid[]) is
  'private.check_submissions, and for each accepted one whether it enters the queue and its estimate {"position", "eta_seconds"}; refused (PX503) where it would wait to start for longer than settings.max_queue_seconds. Submissions that other transactions are accepting at this moment are not counted.';

revoke all on function private.admit_submissions(jsonb, uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.admit_submissions(jsonb, uuid[]) to service_role;

-- schemas/30_generations/functions/check_submissions.sql
-- What must be known of each submission before any is accepted: its refusal, its replay, or its price and its user's lane.
create function private.check_submissions(submissions jsonb, locked_user_ids uuid[]) returns table (
  place integer,
  submission jsonb,
  user_id uuid,
  outcome text,
  refusal jsonb,
  answer jsonb,
  rate_limit jsonb,
  price integer,
  balance integer,
  unfinished integer,
  in_queue integer
)
language plpgsql
security invoker
set search_path = ''
-- Planning it anew takes as long as running it for ten submissions. The kept plan looks every row up by its key, also
-- where it was made when the tables were small.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  tuning private.settings;
  paused_until timestamptz;
  retry_seconds integer := (select greatest(1, ceil(q.service_ms / 1000.0)) from private.queue_state as q);
begin
  select s.* into tuning from private.settings as s;
  select p.paused_until into paused_until
  from private.provider_state as p where p.paused_until > pg_catalog.clock_timestamp();
  return query
  with request as materialized (
    select
      r.ordinality::integer as place, r.value as submission,
      (r.value ->> 'user_id')::uuid as user_id,
      (r.value ->> 'user_id')::uuid = any (check_submissions.locked_user_ids)
        -- Of a user the first alone: the next one's balance and lane depend on it.
        and row_number() over (partition by r.value ->> 'user_id' order by r.ordinality) = 1 as is_locked
    from pg_catalog.jsonb_array_elements(check_submissions.submissions) with ordinality as r
  ), known as materialized (
    select
      r.*, u.credits, p.credits as price, k.answer, g as existing, own.unfinished, own.in_queue, own.blocked_until,
      case
        when u.id is null or s.id is not null
          then private.refusal('PX401', 'The session has ended: log in again')
        when r.is_locked and k.key is not null and k.request_hash is distinct from r.submission ->> 'request_hash'
          then private.refusal('PX409', 'This Idempotency-Key was used with another request body')
      end as refusal
    from request as r
    left join public.users as u on u.id = r.user_id and u.erased_at is null
    left join private.sessions as s on s.id = (r.submission ->> 'session_id')::uuid and s.revoked_at is not null
    left join public.prices as p on p.quality = r.submission ->> 'quality'
    left join private.idempotency_keys as k
      on k.user_id = r.user_id and k.key = r.submission ->> 'idempotency_key'
    -- The same request, sent again by the network stack below the function: it has been accepted.
    left join public.generations as g
      on g.id = (r.submission ->> 'generation_id')::uuid and g.user_id = r.user_id
    left join lateral (
      select count(*)::integer as unfinished, count(o.message_id)::integer as in_queue, (
        select b.finished_at + interval '1 hour'
        from public.generations as b
        where b.user_id = r.user_id and b.error_code = 'moderation_blocked'
        order by b.finished_at desc
        offset tuning.max_blocked_per_hour - 1
        limit 1
      ) as blocked_until
      from public.generations as o
      where o.user_id = r.user_id and o.status in ('PENDING', 'PROCESSING')
    ) as own on r.is_locked
  ), limited as materialized (
    select k.*, case
      when k.is_locked and k.refusal is null and k.answer is null and (k.existing).id is null
        and (k.submission -> 'enforce_rate_limit')::boolean
      then public.take_rate_limit_token('generation', k.user_id::text, tuning.rate_limit_per_minute)
    end as bucket
    from known as k
  ), checked as (
    select l.*, case
      when l.refusal is not null then l.refusal
      when not l.is_locked or l.answer is not null or (l.existing).id is not null then null
      when not (l.bucket -> 'allowed')::boolean then private.refusal(
        'PX429', format('Too many generations: %s a minute are allowed', l.bucket ->> 'limit'),
        l.bucket || pg_catalog.jsonb_build_object('retry_after_seconds', l.bucket -> 'reset_seconds'))
      when l.blocked_until > pg_catalog.clock_timestamp() then private.refusal(
        'PX431', format('Too many prompts were blocked by moderation: %s within an hour', tuning.max_blocked_per_hour),
        pg_catalog.jsonb_build_object('retry_after_seconds', greatest(1, private.ms_until(l.blocked_until) / 1000)))
      when paused_until is not null then private.refusal(
        'PX503', 'Generation is paused for now: nothing was charged', pg_catalog.jsonb_build_object(
          'retry_after_seconds', greatest(1, least(60, private.ms_until(paused_until) / 1000))))
      when l.unfinished >= tuning.max_pending_per_user then private.refusal(
        'PX430', format('Too many unfinished generations: %s of %s', l.unfinished, tuning.max_pending_per_user),
        pg_catalog.jsonb_build_object('retry_after_seconds', retry_seconds))
      when l.credits < l.price then private.refusal(
        'PX402', format('Not enough credits: this image costs %s, the balance is %s', l.price, l.credits))
    end as verdict
    from limited as l
  )
  select
    c.place, c.submission, c.user_id,
    case
      when c.verdict is not null then 'refused'
      when not c.is_locked then 'busy'
      when c.answer is not null then 'replayed'
      when (c.existing).id is not null then 'repeated'
      else 'accepted'
    end,
    c.verdict,
    case
      when c.verdict is not null or not c.is_locked then null
      when c.answer is not null then c.answer
      when (c.existing).id is not null then
        private.submission_answer(c.existing, c.credits, private.queue_estimate(c.existing))
    end,
    c.bucket, c.price, c.credits, c.unfinished, c.in_queue
  from checked as c;
end;
$$;

comment on function private.check_submissions(jsonb, uuid[]) is
  'For each of an array of submissions (see public.submit_generations) its place in it, from 1, and an outcome: refused (refusal), replayed (answer of the Idempotency-Key), repeated (answer; this very generation_id was accepted before), busy (its user is not among locked_user_ids, or is there with an earlier one), or accepted (price, balance, unfinished generations and those with a message), of which the expected wait alone is still to be judged. Takes the rate-limit tokens.';

revoke all on function private.check_submissions(jsonb, uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.check_submissions(jsonb, uuid[]) to service_role;

-- schemas/30_generations/functions/delete_generation.sql
-- The user's DELETE: cancels what waits, hides what has ended.
create function public.delete_generation(
  user_id uuid,
  session_id uuid,
  generation_id uuid,
  pending_only boolean default false
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations;
begin
  perform private.assert_session(delete_generation.user_id, delete_generation.session_id);
  generation := private.lock_generation(delete_generation.generation_id);
  if generation.id is null
    or generation.user_id <> delete_generation.user_id
    or generation.deleted_at is not null then
    raise exception using errcode = 'PX404', message = 'No such generation';
  end if;

  if generation.status = 'PROCESSING' then
    raise exception using errcode = 'PX410', message = 'The generation has already started';
  elsif generation.status = 'PENDING' then
    perform private.finish_without_picture(generation, 'CANCELLED', null, 'cancelled by the user');
    perform private.wake_workers('webhook'); -- the user's next one may have entered the queue
  elsif delete_generation.pending_only and generation.status <> 'CANCELLED' then
    raise exception using errcode = 'PX410', message = 'The generation has already ended';
  elsif not delete_generation.pending_only then
    if generation.status = 'COMPLETED' then
      insert into private.object_deletions (object_key)
      values (private.object_key(generation))
      on conflict (object_key) do nothing;
    end if;
    update public.generations as g
    set deleted_at = pg_catalog.clock_timestamp()
    where g.id = generation.id;
  end if;

  select g.* into generation from public.generations as g where g.id = delete_generation.generation_id;
  return private.generation_view(generation) || pg_catalog.jsonb_build_object(
    'object_key', case when generation.status = 'COMPLETED' then private.object_key(generation) end);
end;
$$;

comment on function public.delete_generation(uuid, uuid, uuid, boolean) is
  'PENDING: CANCELLED and refunded. Finished: hidden, or with pending_only left alone (CANCELLED: given again, else PX410); object_key names the picture to remove (also queued in object_deletions). Raises PX401, PX404, PX410 while PROCESSING. Gives private.generation_view and object_key. Functions only.';

revoke all on function public.delete_generation(uuid, uuid, uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function public.delete_generation(uuid, uuid, uuid, boolean) to service_role;

-- schemas/30_generations/functions/finish_without_picture.sql
-- Ends a generation without a picture: FAILED or CANCELLED, the credits back, out of the queue, the lane moved on.
create function private.finish_without_picture(generation public.generations, status text, error_code text, reason text)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into public.credit_ledger (user_id, delta, kind, generation_id, note)
  values ((generation).user_id, (generation).cost, 'refund', (generation).id,
    -- The user reads the note: the reason may quote the provider, and is for operators.
    coalesce(finish_without_picture.error_code, 'cancelled'))
  -- Entered by hand already: not paid twice, and no error that would stop the sweep for everybody.
  on conflict on constraint credit_ledger_once_a_generation do nothing;

  if (generation).message_id is not null then
    if finish_without_picture.error_code = 'moderation_blocked' or finish_without_picture.status = 'CANCELLED' then
      perform pgmq.delete('generations', (generation).message_id);
    else
      -- A dead letter: kept in the archive with the reason, for the operator.
      update pgmq.q_generations as q
      set message = q.message || pg_catalog.jsonb_build_object(
        'error_code', finish_without_picture.error_code, 'reason', finish_without_picture.reason)
      where q.msg_id = (generation).message_id;
      perform pgmq.archive('generations', (generation).message_id);
    end if;
  end if;

  -- An attempt may have stored the picture and died, or be storing it now: nobody paid for it.
  if (generation).attempt > 0 and finish_without_picture.error_code not in ('moderation_blocked', 'invalid_prompt') then
    insert into private.object_deletions (object_key)
    values (private.object_key(generation))
    on conflict on constraint object_deletions_pkey do nothing;
  end if;

  update public.generations as g
  set
    status = finish_without_picture.status,
    error_code = finish_without_picture.error_code,
    finished_at = pg_catalog.clock_timestamp(),
    message_id = null
  where g.id = (generation).id;
  perform private.enqueue_next((generation).user_id);
end;
$$;

comment on function private.finish_without_picture(public.generations, text, text, text) is
  'Moves a locked, unfinished generation to FAILED (with error_code) or CANCELLED and refunds it in the same transaction.';

revoke all on function private.finish_without_picture(public.generations, text, text, text)
  from public, anon, authenticated, service_role;
grant execute on function private.finish_without_picture(public.generations, text, text, text) to service_role;

-- schemas/30_generations/functions/generation_view.sql
-- A generation as the functions answer it.
create function private.generation_view(generation public.generations) returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  place jsonb := private.queue_estimate(generation);
begin
  return pg_catalog.jsonb_build_object(
    'id', (generation).id,
    'status', (generation).status,
    'prompt', (generation).prompt,
    'size', (generation).size,
    'quality', (generation).quality,
    'output_format', (generation).output_format,
    'attempt', (generation).attempt,
    'created_at', (generation).created_at,
    'started_at', (generation).started_at,
    'finished_at', (generation).finished_at,
    'public_url', (generation).public_url,
    'error_code', (generation).error_code,
    'queue', place,
    'poll_after_ms', private.poll_after_ms((generation).status, (place ->> 'eta_seconds')::integer),
    'version', (generation).version
  );
end;
$$;

comment on function private.generation_view(public.generations) is
  'JSON of GET /generation/{id}, with error_code in place of error. poll_after_ms is 0 once finished.';

revoke all on function private.generation_view(public.generations) from public, anon, authenticated, service_role;
grant execute on function private.generation_view(public.generations) to service_role;

-- schemas/30_generations/functions/get_generation.sql
-- One generation of the caller.
create function public.get_generation(user_id uuid, session_id uuid, generation_id uuid) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations;
begin
  perform private.assert_session(get_generation.user_id, get_generation.session_id);
  select g.* into generation
  from public.generations as g
  where g.id = get_generation.generation_id
    and g.user_id = get_generation.user_id
    and g.deleted_at is null;
  if not found then
    raise exception using errcode = 'PX404', message = 'No such generation';
  end if;
  if generation.status = 'COMPLETED' then
    -- The owner has seen it: the bot need not send it.
    update private.bot_messages as b
    set seen_at = pg_catalog.clock_timestamp()
    where b.generation_id = generation.id and b.seen_at is null;
  end if;
  return private.generation_view(generation);
end;
$$;

comment on function public.get_generation(uuid, uuid, uuid) is
  'The caller''s generation as private.generation_view. Raises PX401, and PX404 for an unknown id and for another user''s alike. Functions only.';

revoke all on function public.get_generation(uuid, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_generation(uuid, uuid, uuid) to service_role;

-- schemas/30_generations/functions/get_tuning.sql
-- The live settings a function needs before it touches anything else.
create function public.get_tuning() returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select pg_catalog.jsonb_build_object('rate_limit_per_minute', s.rate_limit_per_minute)
  from private.settings as s
$$;

comment on function public.get_tuning() is '{"rate_limit_per_minute"}: settings the functions apply outside the database. Functions only.';

revoke all on function public.get_tuning() from public, anon, authenticated, service_role;
grant execute on function public.get_tuning() to service_role;

-- schemas/30_generations/functions/list_generations.sql
-- The caller's generations, newest first, a page at a time.
create function public.list_generations(
  user_id uuid,
  session_id uuid,
  page_size integer,
  before_created_at timestamptz default null,
  before_id uuid default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  items jsonb;
begin
  perform private.assert_session(list_generations.user_id, list_generations.session_id);
  select coalesce(jsonb_agg(private.generation_view(page.generation) order by page.created_at desc, page.id desc), '[]')
  into items
  from (
    select g as generation, g.created_at, g.id
    from public.generations as g
    where g.user_id = list_generations.user_id
      and g.deleted_at is null
      and (
        list_generations.before_created_at is null
        or (g.created_at, g.id) < (list_generations.before_created_at, list_generations.before_id)
      )
    order by g.created_at desc, g.id desc
    limit list_generations.page_size
  ) as page;
  return items;
end;
$$;

comment on function public.list_generations(uuid, uuid, integer, timestamptz, uuid) is
  'Array of private.generation_view, newest first, of rows older than (before_created_at, before_id). Raises PX401. Functions only.';

revoke all on function public.list_generations(uuid, uuid, integer, timestamptz, uuid)
  from public, anon, authenticated, service_role;
grant execute on function public.list_generations(uuid, uuid, integer, timestamptz, uuid) to service_role;

-- schemas/30_generations/functions/lock_generation.sql
-- Locks a generation for a transition: the user first, then the row, always in this order.
create function private.lock_generation(generation_id uuid) returns public.generations
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations;
begin
  perform 1
  from public.users as u
  where u.id = (select g.user_id from public.generations as g where g.id = lock_generation.generation_id)
  for no key update;
  select g.* into generation
  from public.generations as g
  where g.id = lock_generation.generation_id
  for no key update;
  return generation;
end;
$$;

comment on function private.lock_generation(uuid) is
  'Locks the user and the generation and gives the row as it is then; all null for an unknown id.';

revoke all on function private.lock_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function private.lock_generation(uuid) to service_role;

-- schemas/30_generations/functions/lock_submitters.sql
-- Locks the users of a batch whom no other transaction holds. A statement apart: what is read after it is current.
create function private.lock_submitters(submissions jsonb) returns uuid[]
language plpgsql
security invoker
set search_path = ''
as $$
begin
  return array(
    select u.id
    from public.users as u
    where u.id in (
      select (s.value ->> 'user_id')::uuid from pg_catalog.jsonb_array_elements(lock_submitters.submissions) as s)
    order by u.id
    for no key update skip locked
  );
end;
$$;

comment on function private.lock_submitters(jsonb) is
  'Locks, in order and without waiting, the users of an array of submissions until the transaction ends; the ids of those locked.';

revoke all on function private.lock_submitters(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.lock_submitters(jsonb) to service_role;

-- schemas/30_generations/functions/object_key.sql
-- Where a generation's picture lies in the bucket. The functions derive the same key.
create function private.object_key(generation public.generations) returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select 'generations/' || (generation).id::text || '.' || (generation).output_format
$$;

comment on function private.object_key(public.generations) is 'Object key of the picture: generations/<id>.<png|webp|jpeg>.';

revoke all on function private.object_key(public.generations) from public, anon, authenticated, service_role;
grant execute on function private.object_key(public.generations) to service_role;

-- schemas/30_generations/functions/refusal.sql
-- A refused submission as a value: an error would roll back what others of its batch were given.
create function private.refusal(code text, message text, detail jsonb default null) returns jsonb
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
immutable
security invoker
set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'code', refusal.code, 'message', refusal.message, 'detail', refusal.detail);
end;
$$;

comment on function private.refusal(text, text, jsonb) is
  '{"code": SQLSTATE of the contracts error, "message", "detail": {"retry_after_seconds", …} or null}.';

revoke all on function private.refusal(text, text, jsonb) from public, anon, authenticated, service_role;
grant execute on function private.refusal(text, text, jsonb) to service_role;

-- schemas/30_generations/functions/submission_answer.sql
-- The body of 202, but for the channel.
create function private.submission_answer(generation public.generations, credits integer, estimate jsonb)
returns jsonb
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'id', (generation).id,
    'status', (generation).status,
    'created_at', (generation).created_at,
    'credits', submission_answer.credits,
    'queue', submission_answer.estimate,
    'poll_after_ms', private.poll_after_ms((generation).status, (submission_answer.estimate ->> 'eta_seconds')::integer)
  );
end;
$$;

comment on function private.submission_answer(public.generations, integer, jsonb) is
  '{id, status, created_at, credits, queue, poll_after_ms} of an accepted generation. credits: the balance after it; estimate: as private.queue_estimate.';

revoke all on function private.submission_answer(public.generations, integer, jsonb) from public, anon, authenticated, service_role;
grant execute on function private.submission_answer(public.generations, integer, jsonb) to service_role;

-- schemas/30_generations/functions/submit_generations.sql
-- The one way in: accepts a batch of submissions in one transaction. Debit, row and message of each stand or fall together.
create function public.submit_generations(submissions jsonb) returns jsonb
language plpgsql
security invoker
set search_path = ''
-- As private.admit_submissions.
set plan_cache_mode = force_generic_plan
as $$
declare
  rate_limit_per_minute integer := (select s.rate_limit_per_minute from private.settings as s);
  locked_user_ids uuid[] := private.lock_submitters(submit_generations.submissions);
  instant timestamptz;
  answers jsonb;
begin
  perform private.measure_service_time();
  instant := pg_catalog.clock_timestamp();
  with judged as materialized (
    select a.* from private.admit_submissions(submit_generations.submissions, locked_user_ids) as a
  ), accepted as materialized (
    select j.*, (j.submission ->> 'generation_id')::uuid as generation_id,
      -- One after another, as the list of generations is ordered by it.
      instant + j.place * interval '1 microsecond' as created_at
    from judged as j
    where j.outcome = 'accepted'
  ), sent as materialized (
    select batch.generation_ids[m.ordinality] as generation_id, m.id as message_id
    from (
      select array_agg(a.generation_id order by a.place) as generation_ids,
        array_agg(pg_catalog.jsonb_build_object('generation_id', a.generation_id) order by a.place) as messages
      from accepted as a where a.enters_queue having count(*) > 0
    ) as batch
    -- All four arguments: the shorter forms are wrappers, planned at every call.
    cross join lateral pgmq.send_batch('generations', batch.messages, null::jsonb[], instant)
      with ordinality as m (id, ordinality)
  ), inserted as (
    insert into public.generations as g
      (id, user_id, prompt, size, quality, output_format, cost, created_at, message_id, queued_at)
    select
      a.generation_id, a.user_id, a.submission ->> 'prompt', a.submission ->> 'size', a.submission ->> 'quality',
      a.submission ->> 'output_format', a.price, a.created_at, s.message_id,
      case when s.message_id is not null then a.created_at end
    from accepted as a
    left join sent as s on s.generation_id = a.generation_id
    order by a.place
    returning g
  ), charged as (
    insert into public.credit_ledger (user_id, delta, kind, generation_id)
    select (i.g).user_id, -(i.g).cost, 'generation', (i.g).id from inserted as i
  ), answered as (
    select a.place, a.submission, a.user_id, a.generation_id,
      private.submission_answer(i.g, a.balance - a.price, a.estimate) as answer
    from accepted as a
    join inserted as i on (i.g).id = a.generation_id
  ), noted as (
    insert into private.idempotency_keys (user_id, key, request_hash, generation_id, answer)
    select a.user_id, a.submission ->> 'idempotency_key', a.submission ->> 'request_hash', a.generation_id, a.answer
    from answered as a
    where a.submission ->> 'idempotency_key' is not null
  )
  select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
    'outcome', case when j.outcome = 'repeated' then 'accepted' else j.outcome end,
    'answer', coalesce(a.answer, j.answer),
    'refusal', j.refusal,
    'rate_limit', j.rate_limit,
    'rate_limit_per_minute', rate_limit_per_minute) order by j.place)
  into answers
  from judged as j
  left join answered as a on a.place = j.place;
  return coalesce(answers, '[]');
end;
$$;

comment on function public.submit_generations(jsonb) is
  'Accepts submissions: an array of {generation_id, user_id, session_id, prompt, size, quality, output_format, idempotency_key, request_hash, enforce_rate_limit}, all validated. Gives an array in the same order of {"outcome", "answer", "refusal", "rate_limit", "rate_limit_per_minute"}: accepted or replayed (answer: {id, status, created_at, credits, queue, poll_after_ms}), refused (refusal: {code, message, detail}; nothing was charged) or busy (another transaction holds the user: to be tried again). Waits for no user''s lock. Functions only.';

revoke all on function public.submit_generations(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.submit_generations(jsonb) to service_role;

-- schemas/40_queue/functions/claim_generations.sql
-- Claims waiting generations for a worker, under the global semaphore and the image budget.
create function public.claim_generations(
  worker_id uuid,
  quantity integer,
  provider_finished jsonb default '[]'
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  tuning private.settings;
  may_start integer;
  free integer := 0;
  message_ids bigint[];
  generation_ids uuid[];
  claimed_ids uuid[];
  jobs jsonb;
  more boolean;
begin
  -- One claim at a time over all workers: the semaphore is exact, not approximate.
  perform pg_catalog.pg_advisory_xact_lock(7261, 1);
  update private.doorbell as d set at = pg_catalog.clock_timestamp() where d.event = 'answered';
  perform private.release_slots(provider_finished);
  perform private.recover_pace();
  perform private.measure_service_time();
  select s.* into tuning from private.settings as s;
  may_start := greatest(0, least(quantity, private.free_slots(), private.images_in_budget()));

  if may_start > 0 then
    select
      array_agg(m.msg_id),
      array_agg(case when m.message ->> 'generation_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (m.message ->> 'generation_id')::uuid end)
    into message_ids, generation_ids
    from pgmq.read('generations', tuning.lease_seconds, may_start) as m;

    -- skip locked: a row being cancelled or finished at this moment is left to whoever holds it.
    with claimed as (
      update public.generations as g
      set status = 'PROCESSING', attempt = g.attempt + 1, started_at = coalesce(g.started_at, pg_catalog.clock_timestamp())
      where g.id in (
        select c.id from public.generations as c
        where c.id = any (generation_ids)
          and c.message_id = any (message_ids)
          -- Both said so that no partial index fits: statistics of quieter times make those look empty, and each
          -- claim would read every unfinished row of a spike.
          and c.status not in ('COMPLETED', 'FAILED', 'CANCELLED')
          and not exists (
            select 1 from private.generation_attempts as a
            where a.generation_id = c.id and coalesce(a.finished_at, 'infinity') = 'infinity')
        for no key update skip locked)
      returning g.*
    ), attempts as (
      insert into private.generation_attempts (generation_id, attempt, worker_id, lease_expires_at)
      select c.id, c.attempt, claim_generations.worker_id,
        pg_catalog.clock_timestamp() + make_interval(secs => tuning.lease_seconds)
      from claimed as c
    )
    select array_agg(c.id), jsonb_agg(jsonb_build_object(
        'generation_id', c.id, 'attempt', c.attempt, 'user_id', c.user_id, 'prompt', c.prompt, 'size', c.size,
        'quality', c.quality, 'output_format', c.output_format,
        'failures', case when c.attempt = 1 then 0 else private.count_failed_attempts(c.id) end
      ) order by c.message_id)
    into claimed_ids, jobs
    from claimed as c;
    if cardinality(claimed_ids) is distinct from cardinality(message_ids) then
      perform private.return_unclaimed_messages(message_ids, claimed_ids);
    end if;
  end if;

  more := exists (select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp());
  if more then
    free := least(private.free_slots(), private.images_in_budget());
    if free > 0 then
      -- For other instances, of which each takes sixteen.
      perform private.wake_workers('worker', (
        select least(10, ceil(count(*) / 16.0))::integer
        from (select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp() limit free) as claimable));
    end if;
  end if;
  return pg_catalog.jsonb_build_object(
    'jobs', coalesce(jobs, '[]'), 'more', more, 'free_slots', free, 'retry_after_ms', private.claim_retry_after_ms(),
    'lease_seconds', tuning.lease_seconds, 'partial_images', tuning.partial_images,
    'retired_models', private.retired_models());
end;
$$;

comment on function public.claim_generations(uuid, integer, jsonb) is
  'Claims up to quantity generations for worker_id. provider_finished: [{"generation_id","attempt"}] whose provider calls ended, freeing their slots. Gives {"jobs": [...], "more", "free_slots" that stay free although work waits, "retry_after_ms" until a pause or the budget ends (null: neither), "lease_seconds", "partial_images", "retired_models"}. Functions only.';

revoke all on function public.claim_generations(uuid, integer, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.claim_generations(uuid, integer, jsonb) to service_role;

-- schemas/40_queue/functions/claim_model_check.sql
-- Lets one worker a day ask for the provider's list of models.
create function public.claim_model_check() returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
begin
  update private.provider_state as p
  set models_checked_at = instant
  where p.singleton
    and (p.models_checked_at between instant - interval '1 day' and instant) is not true;
  return found;
end;
$$;

comment on function public.claim_model_check() is
  'True once a day, for the worker that is to ask (public.record_models). Functions only.';

revoke all on function public.claim_model_check() from public, anon, authenticated, service_role;
grant execute on function public.claim_model_check() to service_role;

-- schemas/40_queue/functions/claim_retry_after_ms.sql
-- When a worker that could claim nothing should look again.
create function private.claim_retry_after_ms() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select nullif(greatest(
      -- An endless pause is looked at again in an hour; admin.resume wakes the workers.
      least(3600000, private.ms_until(p.paused_until)),
      private.ms_until(p.rate_paused_until),
      private.ms_until((
        select a.claimed_at + interval '61 seconds'
        from private.generation_attempts as a
        where s.images_per_minute is not null
        order by a.claimed_at desc
        offset coalesce(s.images_per_minute, 1) - 1
        limit 1
      ))
    ), 0)
    from private.settings as s, private.provider_state as p
    where s.singleton and p.singleton
  );
end;
$$;

comment on function private.claim_retry_after_ms() is
  'Milliseconds until every pause has ended and the image budget has room; null when neither holds claims back.';

revoke all on function private.claim_retry_after_ms() from public, anon, authenticated, service_role;
grant execute on function private.claim_retry_after_ms() to service_role;

-- schemas/40_queue/functions/clean_up.sql
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

-- schemas/40_queue/functions/complete_generation.sql
-- PROCESSING -> COMPLETED, once: the picture is stored.
create function public.complete_generation(
  generation_id uuid,
  attempt integer,
  public_url text,
  recovered boolean default false,
  model text default null,
  latency_ms integer default null,
  usage jsonb default null,
  width integer default null,
  height integer default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations := private.lock_generation(complete_generation.generation_id);
begin
  if generation.status is distinct from 'PROCESSING'
    or generation.attempt <> complete_generation.attempt
    or not private.end_attempt(
      generation.id, generation.attempt,
      case when complete_generation.recovered then 'recovered' else 'completed' end,
      model => complete_generation.model, latency_ms => complete_generation.latency_ms,
      usage => complete_generation.usage)
  then
    -- A repeated call by the attempt that completed it is told so; any other is late.
    return pg_catalog.jsonb_build_object('outcome', case
      when generation.status = 'COMPLETED' and generation.attempt = complete_generation.attempt
        then 'already_completed'
      else 'stale' end,
      'status', generation.status,
      -- Ended without this picture, or removed by its owner: it must not stay in the bucket.
      'unwanted', coalesce(
        generation.status in ('FAILED', 'CANCELLED') or generation.deleted_at is not null, false));
  end if;

  perform pgmq.delete('generations', generation.message_id);
  update public.generations as g
  set
    status = 'COMPLETED',
    public_url = complete_generation.public_url,
    width = complete_generation.width,
    height = complete_generation.height,
    finished_at = pg_catalog.clock_timestamp(),
    message_id = null
  where g.id = generation.id;
  perform private.enqueue_next(generation.user_id);

  if not complete_generation.recovered then
    -- The probe after a pause has succeeded: open again for all.
    update private.provider_state as p
    set paused_until = null, pause_kind = null, pause_note = null, pause_count = 0
    -- A picture that was stored meanwhile says as much of the bucket.
    where p.pause_kind = 'storage'
      or (p.pause_kind in ('money', 'configuration') and p.paused_until <= pg_catalog.clock_timestamp());
    update private.provider_state as p
    set streak_signature = null, streak_user_ids = '{}'
    where p.streak_signature is not null;
  end if;
  return pg_catalog.jsonb_build_object('outcome', 'completed', 'status', 'COMPLETED');
end;
$$;

comment on function public.complete_generation(uuid, integer, text, boolean, text, integer, jsonb, integer, integer) is
  'Completes an attempt with the stored picture''s address; recovered: it was found stored, the provider was not called; width and height in pixels. Gives {"outcome": completed | already_completed | stale, "status", "unwanted"}; the latter two changed nothing, and unwanted says that the stored picture is to be removed. Functions only.';

revoke all on function public.complete_generation(uuid, integer, text, boolean, text, integer, jsonb, integer, integer)
  from public, anon, authenticated, service_role;
grant execute on function public.complete_generation(uuid, integer, text, boolean, text, integer, jsonb, integer, integer) to service_role;

-- schemas/40_queue/functions/concurrency_limit.sql
-- The semaphore's size: the operator's, lowered after rate 429s, and 1 while a pause is being probed.
create function private.concurrency_limit() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when p.pause_kind in ('money', 'storage', 'configuration') then least(s.max_concurrent, 1)
      else least(s.max_concurrent, coalesce(p.concurrency_limit, s.max_concurrent))
    end
    from private.settings as s, private.provider_state as p
    where s.singleton and p.singleton
  );
end;
$$;

comment on function private.concurrency_limit() is 'Images that may be in flight now: settings.max_concurrent, less while the provider is pressed; 1 while a pause that was not the operator''s is being probed.';

revoke all on function private.concurrency_limit() from public, anon, authenticated, service_role;
grant execute on function private.concurrency_limit() to service_role;

-- schemas/40_queue/functions/count_failed_attempts.sql
-- Attempts that count against max_attempts: those given back, and refusals that no job is to blame for, do not.
create function private.count_failed_attempts(generation_id uuid) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*)::integer
    from private.generation_attempts as a
    where a.generation_id = count_failed_attempts.generation_id
      and a.outcome in ('transient', 'storage', 'lost', 'interrupted')
  );
end;
$$;

comment on function private.count_failed_attempts(uuid) is 'Failed attempts of a generation that count against settings.max_attempts.';

revoke all on function private.count_failed_attempts(uuid) from public, anon, authenticated, service_role;
grant execute on function private.count_failed_attempts(uuid) to service_role;

-- schemas/40_queue/functions/count_failure_streak.sql
-- Whether one job fails or every job would: counts users whose jobs failed alike, one after another.
create function private.count_failure_streak(user_id uuid, signature text) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  users uuid[];
begin
  update private.provider_state as p
  set
    streak_signature = count_failure_streak.signature,
    streak_user_ids = case
      when p.streak_signature is distinct from count_failure_streak.signature
        then array[count_failure_streak.user_id]
      when count_failure_streak.user_id = any (p.streak_user_ids) or cardinality(p.streak_user_ids) >= 3
        then p.streak_user_ids
      else p.streak_user_ids || count_failure_streak.user_id
    end
  where p.singleton
  returning p.streak_user_ids into users;
  return cardinality(users);
end;
$$;

comment on function private.count_failure_streak(uuid, text) is
  'Different users, this one included and three at most, whose jobs failed with this signature since the last picture or another signature.';

revoke all on function private.count_failure_streak(uuid, text) from public, anon, authenticated, service_role;
grant execute on function private.count_failure_streak(uuid, text) to service_role;

-- schemas/40_queue/functions/count_purchases.sql
-- Calls for a generation that were billed, or may have been.
create function private.count_purchases(generation_id uuid) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*)::integer
    from private.generation_attempts as a
    where a.generation_id = count_purchases.generation_id and a.maybe_billed
  );
end;
$$;

comment on function private.count_purchases(uuid) is
  'Attempts of a generation whose call is or may be billed. Two are all that a generation is worth.';

revoke all on function private.count_purchases(uuid) from public, anon, authenticated, service_role;
grant execute on function private.count_purchases(uuid) to service_role;

-- schemas/40_queue/functions/end_attempt.sql
-- Ends an attempt with its outcome, unless it has already ended: the fence of every transition.
create function private.end_attempt(
  generation_id uuid,
  attempt integer,
  outcome text,
  error_code text default null,
  error_message text default null,
  model text default null,
  latency_ms integer default null,
  usage jsonb default null,
  maybe_billed boolean default false
) returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update private.generation_attempts as a
  set
    outcome = end_attempt.outcome,
    error_code = end_attempt.error_code,
    error_message = left(end_attempt.error_message, 500),
    model = end_attempt.model,
    latency_ms = end_attempt.latency_ms,
    usage = end_attempt.usage,
    maybe_billed = end_attempt.maybe_billed,
    finished_at = pg_catalog.clock_timestamp()
  where a.generation_id = end_attempt.generation_id
    and a.attempt = end_attempt.attempt
    and a.finished_at is null;
  return found;
end;
$$;

comment on function private.end_attempt(uuid, integer, text, text, text, text, integer, jsonb, boolean) is
  'Writes the outcome of a running attempt; false when that attempt has already ended.';

revoke all on function private.end_attempt(uuid, integer, text, text, text, text, integer, jsonb, boolean)
  from public, anon, authenticated, service_role;
grant execute on function private.end_attempt(uuid, integer, text, text, text, text, integer, jsonb, boolean) to service_role;

-- schemas/40_queue/functions/enqueue_generation.sql
-- Puts one row into the queue, at its tail.
create function private.enqueue_generation(generation_id uuid) returns bigint
language plpgsql
security invoker
set search_path = ''
as $$
declare
  sent bigint := private.send_generation(enqueue_generation.generation_id);
begin

  update public.generations as g
  set message_id = sent, queued_at = coalesce(g.queued_at, pg_catalog.clock_timestamp())
  where g.id = enqueue_generation.generation_id;
  return sent;
end;
$$;

comment on function private.enqueue_generation(uuid) is 'Sends {"generation_id"} to the queue and notes the message in the row; the message id.';

revoke all on function private.enqueue_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function private.enqueue_generation(uuid) to service_role;

-- schemas/40_queue/functions/enqueue_next.sql
-- Fair lanes: at most per_user_concurrency messages of one user are in the queue; the next row of the
-- user goes to its tail when one ends. FIFO then serves the users in turn.
create function private.enqueue_next(user_id uuid) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  lane integer := (select s.per_user_concurrency from private.settings as s);
  taken integer;
  next_id uuid;
  sent integer := 0;
begin
  -- The caller holds the user's row lock, so the count cannot change under it.
  select count(*) into taken
  from public.generations as g
  where g.user_id = enqueue_next.user_id and g.status in ('PENDING', 'PROCESSING') and g.message_id is not null;

  while taken + sent < lane loop
    select g.id into next_id
    from public.generations as g
    where g.user_id = enqueue_next.user_id and g.status = 'PENDING' and g.message_id is null
    order by g.created_at, g.id
    limit 1;
    exit when not found;
    perform private.enqueue_generation(next_id);
    sent := sent + 1;
  end loop;
  return sent;
end;
$$;

comment on function private.enqueue_next(uuid) is
  'Sends a user''s oldest waiting rows to the queue while the lane has room; the number sent. The caller holds the user''s row lock.';

revoke all on function private.enqueue_next(uuid) from public, anon, authenticated, service_role;
grant execute on function private.enqueue_next(uuid) to service_role;

-- schemas/40_queue/functions/expected_wait_seconds.sql
-- Seconds until a waiting generation starts: its place by the queue's pace, and what is left of a pause.
create function private.expected_wait_seconds(
  place bigint,
  lane_rounds integer,
  starts_per_second double precision,
  service_seconds integer,
  pause_seconds integer
) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
immutable
security invoker
set search_path = ''
as $$
begin
  return least(86400, pause_seconds + ceil(greatest(
    coalesce(place / nullif(starts_per_second, 0), 86400),
    lane_rounds::double precision * service_seconds -- a round of the queue takes at least one service time
  )));
end;
$$;

comment on function private.expected_wait_seconds(bigint, integer, double precision, integer, integer) is
  'Seconds until the generation at this place (from 0) starts, at most 86400. lane_rounds: rounds of the queue before its turn in its user''s lane; the others as private.queue_pace gives them. Cannot raise.';

revoke all on function private.expected_wait_seconds(bigint, integer, double precision, integer, integer) from public, anon, authenticated, service_role;
grant execute on function private.expected_wait_seconds(bigint, integer, double precision, integer, integer) to service_role;

-- schemas/40_queue/functions/expire_lease.sql
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

-- schemas/40_queue/functions/expire_leases.sql
-- Ends every attempt whose lease ran out, one by one: a row that fails is left to the next sweep.
create function private.expire_leases(batch integer) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  overdue record;
  lost integer := 0;
begin
  for overdue in
    select a.generation_id, a.attempt
    from private.generation_attempts as a
    where a.finished_at is null and a.lease_expires_at < pg_catalog.clock_timestamp()
    order by a.generation_id
    limit expire_leases.batch
  loop
    begin
      perform private.expire_lease(overdue.generation_id, overdue.attempt);
      lost := lost + 1;
    exception when others then
      raise warning 'Cannot take back generation %: % (%)', overdue.generation_id, sqlerrm, sqlstate;
    end;
  end loop;
  return lost;
end;
$$;

comment on function private.expire_leases(integer) is 'Runs private.expire_lease for up to batch leases that ran out; how many were looked at.';

revoke all on function private.expire_leases(integer) from public, anon, authenticated, service_role;

-- schemas/40_queue/functions/expire_waiting.sql
-- Refunds what waited longer than max_queue_seconds in the queue. A row in its user's lane waits for its turn first.
create function private.expire_waiting(batch integer) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- In a variable: an index serves a value, and not a function that changes from row to row.
  deadline timestamptz := pg_catalog.clock_timestamp() - (
    select make_interval(secs => s.max_queue_seconds) from private.settings as s);
  -- While nothing may start no turn comes: then the age alone counts.
  is_stopped boolean := private.concurrency_limit() = 0 or exists (
    select 1 from private.provider_state as p where p.paused_until > pg_catalog.clock_timestamp());
  overdue uuid;
  generation public.generations;
  expired integer := 0;
begin
  for overdue in
    (
      select g.id from public.generations as g
      where g.status = 'PENDING' and g.created_at < deadline and (is_stopped or g.queued_at < deadline)
      order by g.created_at
      limit expire_waiting.batch
    )
    union all
    -- Between attempts (backoff, a paused provider) for as long.
    select g.id from public.generations as g
    where g.status = 'PROCESSING'
      and g.started_at < deadline
      and not exists (
        select 1 from private.generation_attempts as a
        where a.generation_id = g.id
          and (a.finished_at is null or a.finished_at > deadline))
  loop
    begin
      generation := private.lock_generation(overdue);
      continue when generation.finished_at is not null
        or exists (select 1 from private.generation_attempts as a where a.generation_id = overdue and a.finished_at is null);
      perform private.finish_without_picture(
        generation, 'FAILED', 'provider_unavailable', 'waited longer than max_queue_seconds');
      expired := expired + 1;
    exception when others then
      raise warning 'Cannot expire generation %: % (%)', overdue, sqlerrm, sqlstate;
    end;
  end loop;
  return expired;
end;
$$;

comment on function private.expire_waiting(integer) is
  'Fails and refunds generations that waited in the queue longer than settings.max_queue_seconds without an attempt, and while nothing may start those that are older than that; how many.';

revoke all on function private.expire_waiting(integer) from public, anon, authenticated, service_role;

-- schemas/40_queue/functions/extend_leases.sql
-- The heartbeat: moves on the leases a worker still holds, and the visibility of their messages with them.
create function public.extend_leases(worker_id uuid, attempts jsonb) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  lease integer := (select s.lease_seconds from private.settings as s);
  held uuid[];
  held_message bigint;
begin
  -- A lease that has run out is not revived: its slot may already be another's.
  -- Locked in the order of the key, as release_slots does: the two would wait for one another.
  with named as (
    select n.generation_id, n.attempt
    from private.generation_attempts as n
    join pg_catalog.jsonb_to_recordset(extend_leases.attempts) as f (generation_id uuid, attempt integer)
      on f.generation_id = n.generation_id and f.attempt = n.attempt
    where n.worker_id = extend_leases.worker_id and n.finished_at is null
    order by n.generation_id, n.attempt
    for no key update of n
  ), extended as (
    update private.generation_attempts as a
    set lease_expires_at = pg_catalog.clock_timestamp() + make_interval(secs => lease)
    from named as n
    where a.generation_id = n.generation_id
      and a.attempt = n.attempt
      and a.lease_expires_at > pg_catalog.clock_timestamp()
    returning a.generation_id
  )
  select array_agg(e.generation_id) into held from extended as e;

  for held_message in
    select g.message_id from public.generations as g
    where g.id = any (held) and g.message_id is not null
    order by g.message_id
  loop
    perform pgmq.set_vt('generations', held_message, lease);
  end loop;
  return coalesce(to_jsonb(held), '[]');
end;
$$;

comment on function public.extend_leases(uuid, jsonb) is
  'Extends leases [{"generation_id","attempt"}] of this worker by settings.lease_seconds; gives the generation ids still held. Functions only.';

revoke all on function public.extend_leases(uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.extend_leases(uuid, jsonb) to service_role;

-- schemas/40_queue/functions/fail_generation.sql
-- Ends an attempt without a picture: FAILED and refunded, or back in the queue, by the kind of failure.
create function public.fail_generation(
  generation_id uuid,
  attempt integer,
  kind text,
  error_code text,
  error_message text,
  delay_ms integer default 0,
  retry_after_ms integer default null,
  model text default null,
  latency_ms integer default null,
  maybe_billed boolean default false,
  signature text default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  kind text := fail_generation.kind;
  generation public.generations := private.lock_generation(fail_generation.generation_id);
  wait_ms integer := greatest(0, fail_generation.delay_ms, fail_generation.retry_after_ms);
begin
  if fail_generation.kind not in (
    'permanent', 'transient', 'storage', 'rate', 'money', 'configuration', 'interrupted', 'released'
  ) then
    raise exception using
      errcode = '22023',
      message = format('Cannot fail an attempt as "%s": permanent, transient, storage, rate, money, configuration, interrupted or released is wanted', fail_generation.kind);
  end if;
  -- What fails the jobs of three users alike is not theirs: it would fail every job.
  if fail_generation.signature is not null
    and generation.status = 'PROCESSING' and generation.attempt = fail_generation.attempt
    and private.count_failure_streak(generation.user_id, fail_generation.signature) >= 3
  then
    kind := 'configuration';
  end if;
  if generation.status is distinct from 'PROCESSING'
    or generation.attempt <> fail_generation.attempt
    or not private.end_attempt(
      generation.id, generation.attempt, kind, fail_generation.error_code, fail_generation.error_message,
      fail_generation.model, fail_generation.latency_ms, maybe_billed => fail_generation.maybe_billed)
  then
    return pg_catalog.jsonb_build_object('outcome', 'stale', 'status', generation.status);
  end if;

  if kind in ('money', 'storage', 'configuration') then
    perform private.pause_provider(kind, fail_generation.error_message);
    -- Another job probes when the pause ends: one that only the provider's mood refuses must not be every probe.
    wait_ms := (
      select private.ms_until(p.paused_until) + 5000
      from private.provider_state as p
      where p.paused_until < 'infinity'
    );
    wait_ms := coalesce(wait_ms, 0);
  elsif kind = 'rate' then
    perform private.lower_pace(greatest(1000, coalesce(fail_generation.retry_after_ms, 0)), a.claimed_at)
    from private.generation_attempts as a
    where a.generation_id = generation.id and a.attempt = generation.attempt;
    wait_ms := (select greatest(wait_ms, private.ms_until(p.rate_paused_until)) from private.provider_state as p);
  end if;

  if kind = 'permanent'
    or (kind in ('transient', 'storage', 'interrupted') 
      and private.count_failed_attempts(generation.id) >= (select s.max_attempts from private.settings as s))
    -- Whatever max_attempts says: a picture is bought twice at the most.
    or private.count_purchases(generation.id) >= 2
    -- Refused for its rate as long as it may have waited in the queue.
    or (kind = 'rate' and generation.started_at < pg_catalog.clock_timestamp() - (
      select make_interval(secs => s.max_queue_seconds) from private.settings as s))
  then
    perform private.finish_without_picture(
      generation, 'FAILED', fail_generation.error_code, fail_generation.error_message);
    return pg_catalog.jsonb_build_object('outcome', 'failed', 'status', 'FAILED');
  end if;

  perform pgmq.set_vt('generations', generation.message_id, ceil(wait_ms / 1000.0)::integer);
  return pg_catalog.jsonb_build_object(
    'outcome', 'requeued', 'status', 'PROCESSING', 'retry_in_ms', ceil(wait_ms / 1000.0)::integer * 1000);
end;
$$;

comment on function public.fail_generation(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text) is
  'Ends an attempt. kind: permanent; transient, storage, interrupted (spend an attempt); rate, money, configuration, released (do not). signature: what every job that fails for this cause has in common; null where the job itself is to blame: of the third user in a row it is taken for configuration. maybe_billed: the provider may bill the call; after two such calls it is FAILED. error_code of the public contract is used if it becomes FAILED. delay_ms: backoff; retry_after_ms: what the provider asked. Gives {"outcome": failed | requeued | stale, "status", "retry_in_ms"}. Functions only.';

revoke all on function public.fail_generation(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text)
  from public, anon, authenticated, service_role;
grant execute on function public.fail_generation(uuid, integer, text, text, text, integer, integer, text, integer, boolean, text)
  to service_role;

-- schemas/40_queue/functions/free_slots.sql
-- The semaphore, read: how many images could start now.
create function private.free_slots() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  -- Counted before the pauses are read: an attempt that ends with a pause frees its slot in the pause's own
  -- transaction, so whoever sees the slot free sees the pause as well.
  in_use integer := private.slots_in_use();
begin
  return (
    select case
      when p.paused_until > pg_catalog.clock_timestamp() then 0
      when p.rate_paused_until > pg_catalog.clock_timestamp() then 0
      else greatest(0, private.concurrency_limit() - in_use)
    end
    from private.provider_state as p
  );
end;
$$;

comment on function private.free_slots() is 'Slots of the semaphore that are free now; 0 while paused.';

revoke all on function private.free_slots() from public, anon, authenticated, service_role;
grant execute on function private.free_slots() to service_role;

-- schemas/40_queue/functions/images_in_budget.sql
-- How many images the provider budget lets start now: the claims of the last minute, counted along their index.
create function private.images_in_budget() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  budget integer := (select s.images_per_minute from private.settings as s);
  -- A claim counts for a second more than a minute: the budget is kept at the provider's door, and the way there
  -- takes a moment. In a variable: an index serves a value, and not a function that changes from row to row.
  counted_since timestamptz := pg_catalog.clock_timestamp() - interval '61 seconds';
begin
  if budget is null then
    return 2147483647;
  end if;
  return budget - (
    select count(*)
    from (
      select 1 from private.generation_attempts as a where a.claimed_at > counted_since limit budget
    ) as spent
  );
end;
$$;

comment on function private.images_in_budget() is
  'Images the budget lets start now, so that the provider sees no more than images_per_minute in any 60 seconds; the largest integer without a budget.';

revoke all on function private.images_in_budget() from public, anon, authenticated, service_role;
grant execute on function private.images_in_budget() to service_role;

-- schemas/40_queue/functions/lower_pace.sql
-- After a rate 429: no claim until Retry-After, and half the concurrency, once a round of calls.
create function private.lower_pace(wait_ms integer, claimed_at timestamptz) returns void
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
declare
  instant timestamptz;
  begins_round boolean;
begin
  select p.rate_paused_until is null or lower_pace.claimed_at > p.rate_paused_until into begins_round
  from private.provider_state as p for no key update;
  instant := pg_catalog.clock_timestamp();
  update private.provider_state as p
  set
    rate_refused_at = instant,
    rate_paused_until = greatest(p.rate_paused_until, instant + make_interval(secs => lower_pace.wait_ms / 1000.0)),
    -- Calls that were under way together are refused together: the first of them lowers the pace, for all.
    concurrency_limit = case
      when begins_round then greatest(1, least(s.max_concurrent, coalesce(p.concurrency_limit, s.max_concurrent)) / 2)
      else p.concurrency_limit
    end,
    concurrency_changed_at = case when begins_round then instant else p.concurrency_changed_at end
  from private.settings as s
  where p.singleton; -- the hosted Data API refuses an update without a where clause, in functions too
end;
$$;

comment on function private.lower_pace(integer, timestamptz) is
  'Holds all claims for wait_ms, and halves provider_state.concurrency_limit if the refused call, claimed at claimed_at, began after the last pause. It grows back (private.recover_pace).';
revoke all on function private.lower_pace(integer, timestamptz) from public, anon, authenticated, service_role;
grant execute on function private.lower_pace(integer, timestamptz) to service_role;

-- schemas/40_queue/functions/measure_service_time.sql
-- Measures the service time at most once a second, in one session at a time; no other waits for it.
create function private.measure_service_time() returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
  finished_ms double precision;
  under_way_ms double precision;
begin
  if exists (
    select 1 from private.queue_state as q where q.measured_at between instant - interval '1 second' and instant + interval '1 minute'
  ) or not pg_catalog.pg_try_advisory_xact_lock(7261, 4) then
    return;
  end if;

  select avg(extract(epoch from coalesce(a.provider_finished_at, a.finished_at) - a.claimed_at) * 1000) into finished_ms
  from (
    select l.claimed_at, l.provider_finished_at, l.finished_at, l.outcome
    from private.generation_attempts as l
    order by l.claimed_at desc
    limit 100
  ) as a
  where a.outcome = 'completed';

  -- Calls under way for longer than that say that the provider has slowed. Over all slots: one that hangs is no stall.
  select sum(extract(epoch from instant - a.claimed_at) * 1000)
    / greatest(1, private.concurrency_limit(), count(*)) into under_way_ms
  from private.generation_attempts as a
  where a.finished_at is null and a.provider_finished_at is null and a.lease_expires_at > instant;

  update private.queue_state as q
  set
    service_ms = least(3600000, greatest(50, under_way_ms, coalesce(finished_ms, q.service_ms))),
    measured_at = instant
  where q.singleton; -- the hosted Data API refuses an update without a where clause, in functions too
end;
$$;

comment on function private.measure_service_time() is
  'Writes queue_state.service_ms, unless it is younger than a second: the mean of the latest completed attempts, or the age of the calls under way where that is longer. Cannot raise.';

revoke all on function private.measure_service_time() from public, anon, authenticated, service_role;
grant execute on function private.measure_service_time() to service_role;

-- schemas/40_queue/functions/ms_until.sql
-- Milliseconds until a stored moment, whatever it holds: past, far future, infinity or nothing.
create function private.ms_until(moment timestamptz) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
begin
  return case
    when ms_until.moment is null or ms_until.moment <= pg_catalog.clock_timestamp() then 0
    when ms_until.moment > pg_catalog.clock_timestamp() + interval '1 day' then 86400000
    else ceil(extract(epoch from ms_until.moment - pg_catalog.clock_timestamp()) * 1000)::integer
  end;
end;
$$;

comment on function private.ms_until(timestamptz) is
  'Milliseconds from now until moment, 0 to 86400000 (a day); 0 for null. Cannot raise.';

revoke all on function private.ms_until(timestamptz) from public, anon, authenticated, service_role;
grant execute on function private.ms_until(timestamptz) to service_role;

-- schemas/40_queue/functions/pause_for_storage.sql
-- A worker whose picture cannot be stored pauses the service, and goes on trying to store it.
create function public.pause_for_storage(note text) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform private.pause_provider('storage', pause_for_storage.note);
end;
$$;

comment on function public.pause_for_storage(text) is
  'Pauses submissions and claims for the bucket, no attempt having ended; the first picture that is stored ends the pause. Functions only.';

revoke all on function public.pause_for_storage(text) from public, anon, authenticated, service_role;
grant execute on function public.pause_for_storage(text) to service_role;

-- schemas/40_queue/functions/pause_provider.sql
-- Stops claims and submissions: for what fails every job, such as missing funds (a timed probe reopens it),
-- or by the operator (until resumed).
create function private.pause_provider(kind text, note text) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  update private.provider_state as p
  set
    paused_until = case pause_provider.kind
      when 'operator' then 'infinity'
      else pg_catalog.clock_timestamp() + least(
        interval '15 minutes', interval '30 seconds' * power(2, least(p.pause_count, 10)))
    end,
    pause_kind = pause_provider.kind,
    pause_note = left(pause_provider.note, 500),
    pause_count = p.pause_count + 1
  -- Fifty calls refused together are one pause, and none shortens the operator's.
  where p.paused_until is null
    or p.paused_until <= pg_catalog.clock_timestamp()
    or (pause_provider.kind = 'operator' and p.pause_kind <> 'operator');
end;
$$;

comment on function private.pause_provider(text, text) is
  'Pauses the provider. money, storage and configuration: 30 s, doubled at each pause in a row up to 15 min, then one job probes; operator: until admin.resume.';

revoke all on function private.pause_provider(text, text) from public, anon, authenticated, service_role;
grant execute on function private.pause_provider(text, text) to service_role;

-- schemas/40_queue/functions/place_in_queue.sql
-- How many wait in the queue before a message: counted to 200, from there scaled by the message ids.
create function private.place_in_queue(message_id bigint) returns integer
language plpgsql
security invoker
set search_path = ''
-- The count follows the index and stops at 200, also where the statistics are of a quieter time.
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  counted constant integer := 200;
  head record;
begin
  select count(*) as places, min(first.message_id) as oldest, max(first.message_id) as newest into head
  from (
    select g.message_id
    from public.generations as g
    where g.status = 'PENDING' and g.message_id < place_in_queue.message_id
    order by g.message_id
    limit counted
  ) as first;
  return case
    when head.places < counted then head.places
    else least(1000000000, counted
      + (place_in_queue.message_id - head.newest - 1)::double precision * counted / (head.newest - head.oldest + 1))
  end;
end;
$$;

comment on function private.place_in_queue(bigint) is
  'PENDING generations whose message is older than message_id: exact below 200, estimated beyond. Cannot raise.';

revoke all on function private.place_in_queue(bigint) from public, anon, authenticated, service_role;
grant execute on function private.place_in_queue(bigint) to service_role;

-- schemas/40_queue/functions/poll_after_ms.sql
-- When a client should ask again: about four times over the expected time, quick when it is short.
create function private.poll_after_ms(status text, eta_seconds integer) returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if poll_after_ms.status = 'PENDING' then
    return least(30000, greatest(1000, poll_after_ms.eta_seconds * 250));
  elsif poll_after_ms.status = 'PROCESSING' then
    return (select least(5000, greatest(1000, q.service_ms / 4)) from private.queue_state as q);
  end if;
  return 0;
end;
$$;

comment on function private.poll_after_ms(text, integer) is
  'Milliseconds until the next poll; 0 once finished. eta_seconds: of a PENDING one, at most two days.';

revoke all on function private.poll_after_ms(text, integer) from public, anon, authenticated, service_role;
grant execute on function private.poll_after_ms(text, integer) to service_role;

-- schemas/40_queue/functions/post_to_worker.sql
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

-- schemas/40_queue/functions/queue_estimate.sql
-- Where a waiting generation stands, and when its picture is expected.
create function private.queue_estimate(generation public.generations) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  pace record;
  place bigint;
  lane_rounds integer := 0;
begin
  if (generation).status <> 'PENDING' then
    return null;
  end if;
  if (generation).message_id is not null then
    place := private.place_in_queue((generation).message_id);
  else
    select count(*) / (select s.per_user_concurrency from private.settings as s) into lane_rounds
    from public.generations as g
    where g.user_id = (generation).user_id
      and g.status in ('PENDING', 'PROCESSING')
      and (g.created_at, g.id) < ((generation).created_at, (generation).id);
    place := private.queue_length()::bigint * lane_rounds;
  end if;
  pace := private.queue_pace();
  return pg_catalog.jsonb_build_object(
    'position', place + 1,
    'eta_seconds', pace.service_seconds + private.expected_wait_seconds(
      place, lane_rounds, pace.starts_per_second, pace.service_seconds, pace.pause_seconds));
end;
$$;

comment on function private.queue_estimate(public.generations) is
  '{"position" from 1, "eta_seconds" until the picture} of a PENDING generation; null for any other status. Cannot raise.';

revoke all on function private.queue_estimate(public.generations) from public, anon, authenticated, service_role;
grant execute on function private.queue_estimate(public.generations) to service_role;

-- schemas/40_queue/functions/queue_length.sql
-- How many generations wait in the queue: the place that the next message would have.
create function private.queue_length() returns integer
language plpgsql
security invoker
set search_path = ''
-- As private.place_in_queue.
set enable_seqscan = off
set enable_bitmapscan = off
as $$
begin
  return coalesce((
    select private.place_in_queue(max(g.message_id) + 1) from public.generations as g where g.status = 'PENDING'
  ), 0);
end;
$$;

comment on function private.queue_length() is
  'PENDING generations that have a message: exact below 200, estimated beyond. Cannot raise.';

revoke all on function private.queue_length() from public, anon, authenticated, service_role;
grant execute on function private.queue_length() to service_role;

-- schemas/40_queue/functions/queue_pace.sql
-- How fast the queue moves: the lesser of what the slots and what the image budget let start.
create function private.queue_pace(
  out starts_per_second double precision,
  out service_seconds integer,
  out pause_seconds integer
)
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
begin
  select
    least(private.concurrency_limit() * 1000.0 / q.service_ms, s.images_per_minute / 60.0),
    ceil(q.service_ms / 1000.0),
    ceil(private.ms_until(greatest(p.paused_until, p.rate_paused_until)) / 1000.0)
  into starts_per_second, service_seconds, pause_seconds
  from private.settings as s, private.provider_state as p, private.queue_state as q
  where s.singleton and p.singleton and q.singleton;
end;
$$;

comment on function private.queue_pace() is
  'Generations started a second (0: none may start), seconds one takes, seconds left of a pause. Cannot raise.';

revoke all on function private.queue_pace() from public, anon, authenticated, service_role;
grant execute on function private.queue_pace() to service_role;

-- schemas/40_queue/functions/record_models.sql
-- What the provider's list says of the configured models.
create function public.record_models(models jsonb) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into private.provider_models as m (model, is_listed, shutdown_date)
  select r.model, r.is_listed, r.shutdown_date
  from pg_catalog.jsonb_to_recordset(record_models.models) as r (model text, is_listed boolean, shutdown_date date)
  on conflict on constraint provider_models_pkey do update
  set is_listed = excluded.is_listed, shutdown_date = excluded.shutdown_date;
end;
$$;

comment on function public.record_models(jsonb) is
  'Notes [{"model", "is_listed", "shutdown_date"}]. Functions only.';

revoke all on function public.record_models(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.record_models(jsonb) to service_role;

-- schemas/40_queue/functions/recover_pace.sql
-- Raises the lowered concurrency by a tenth for every five seconds without a rate refusal.
create function private.recover_pace() returns void
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
declare
  provider private.provider_state;
  first_call timestamptz;
  steps integer;
  grown integer;
begin
  select p.* into provider from private.provider_state as p;
  if provider.concurrency_limit is null then
    return;
  end if;
  if provider.rate_paused_until is not null then
    select min(a.claimed_at) into first_call
    from private.generation_attempts as a
    where a.claimed_at > provider.rate_paused_until;
    if first_call is null then
      return;
    end if;
  end if;
  steps := floor(least(100, extract(epoch from pg_catalog.clock_timestamp()
    - greatest(provider.concurrency_changed_at, provider.rate_refused_at, first_call)) / 5));
  if steps < 1 then
    return;
  end if;
  grown := greatest(provider.concurrency_limit + steps, floor(provider.concurrency_limit * power(1.1, steps)));
  update private.provider_state as p
  set
    concurrency_limit = case when grown < (select s.max_concurrent from private.settings as s) then grown end,
    concurrency_changed_at = pg_catalog.clock_timestamp()
  -- Unless a refusal came since it was read: that one counts.
  where p.concurrency_changed_at = provider.concurrency_changed_at and p.rate_refused_at is not distinct from provider.rate_refused_at;
end;
$$;

comment on function private.recover_pace() is 'Raises provider_state.concurrency_limit by a tenth for each five seconds since it last changed, the provider last refused and the first call was made after its pause; null once it reaches max_concurrent.';

revoke all on function private.recover_pace() from public, anon, authenticated, service_role;
grant execute on function private.recover_pace() to service_role;

-- schemas/40_queue/functions/release_slots.sql
-- Frees the semaphore of attempts whose provider call has ended.
create function private.release_slots(provider_finished jsonb) returns void
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
declare
  done record;
begin
  -- Locked in the order of the key, as the heartbeat does: two of a worker's calls may name the same attempts.
  for done in
    select f.generation_id, f.attempt
    from pg_catalog.jsonb_to_recordset(release_slots.provider_finished) as f (generation_id uuid, attempt integer)
    order by f.generation_id, f.attempt
  loop
    update private.generation_attempts as a
    set provider_finished_at = pg_catalog.clock_timestamp()
    where a.generation_id = done.generation_id and a.attempt = done.attempt and a.provider_finished_at is null;
  end loop;
end;
$$;

comment on function private.release_slots(jsonb) is 'Marks attempts [{"generation_id","attempt"}] as done with the provider.';

revoke all on function private.release_slots(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.release_slots(jsonb) to service_role;

-- schemas/40_queue/functions/repair_queue.sql
-- Mends what should not happen: rows whose message is gone, lanes that stand still, messages without a row.
create function private.repair_queue(batch integer) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  broken record;
  generation public.generations;
  repaired integer := 0;
begin
  -- The oldest rows only: a broken one drifts to the head as the others leave.
  for broken in
    select head.id, head.user_id
    from (
      (select g.id, g.user_id, g.message_id from public.generations as g
        where g.status = 'PENDING' order by g.created_at limit repair_queue.batch)
      union all
      select g.id, g.user_id, g.message_id from public.generations as g where g.status = 'PROCESSING'
    ) as head
    where not exists (select 1 from pgmq.q_generations as q where q.msg_id = head.message_id)
  loop
    generation := private.lock_generation(broken.id);
    if generation.finished_at is null and generation.message_id is not null
      and not exists (select 1 from pgmq.q_generations as q where q.msg_id = generation.message_id)
    then
      perform private.enqueue_generation(generation.id);
      repaired := repaired + 1;
    elsif generation.status = 'PENDING' and generation.message_id is null then
      repaired := repaired + private.enqueue_next(generation.user_id);
    end if;
  end loop;

  with orphan as (
    delete from pgmq.q_generations as q
    where q.msg_id in (
      select head.msg_id
      from (select m.msg_id from pgmq.q_generations as m order by m.msg_id limit repair_queue.batch) as head
      where not exists (select 1 from public.generations as g where g.message_id = head.msg_id)
    )
    returning q.msg_id
  )
  select repaired + count(*) into repaired from orphan;
  return repaired;
end;
$$;

comment on function private.repair_queue(integer) is
  'Re-sends lost messages, moves standing lanes on, deletes messages without a row, among the oldest batch of each; how many repairs.';

revoke all on function private.repair_queue(integer) from public, anon, authenticated, service_role;

-- schemas/40_queue/functions/retire_model.sql
-- One worker that hears "no such model" spares all others the call; the last model gone pauses the provider.
create function public.retire_model(model text, models_left integer) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into private.provider_models as m (model, retired_at)
  values (retire_model.model, pg_catalog.clock_timestamp())
  on conflict on constraint provider_models_pkey do update set retired_at = excluded.retired_at;
  if models_left = 0 then
    perform private.pause_provider(
      'money', format('No model left: %s was the last of OPENAI_IMAGE_MODELS', retire_model.model));
  end if;
end;
$$;

comment on function public.retire_model(text, integer) is
  'Notes a model the provider does not have, so that every worker skips it (private.retired_models); models_left: usable ones of the configured list (0 pauses). admin.resume() forgets retirements. Functions only.';

revoke all on function public.retire_model(text, integer) from public, anon, authenticated, service_role;
grant execute on function public.retire_model(text, integer) to service_role;

-- schemas/40_queue/functions/retired_models.sql
-- The models workers leave out: an hour after a 404, or longer where the provider's list has it no more.
create function private.retired_models() returns text[]
language plpgsql
security invoker
set search_path = ''
as $$
begin
  -- A probe asks every model: that they are all back is what it is to find out.
  if exists (
    select 1 from private.provider_state as p
    where p.pause_kind in ('money', 'configuration') and p.paused_until <= pg_catalog.clock_timestamp()
  ) then
    return '{}';
  end if;
  return array(
    select m.model
    from private.provider_models as m
    where m.retired_at > pg_catalog.clock_timestamp() - interval '1 hour'
      or (m.retired_at is not null and not m.is_listed)
    order by m.model
  );
end;
$$;

comment on function private.retired_models() is
  'Models that are not to be asked now; none while a pause is being probed.';

revoke all on function private.retired_models() from public, anon, authenticated, service_role;
grant execute on function private.retired_models() to service_role;

-- schemas/40_queue/functions/return_unclaimed_messages.sql
-- Messages that were read but not claimed: those without an unfinished row are deleted, the others are claimable again soon.
create function private.return_unclaimed_messages(message_ids bigint[], claimed_ids uuid[]) returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  unclaimed bigint;
begin
  foreach unclaimed in array coalesce(message_ids, '{}') loop
    if exists (
      select 1 from public.generations as g where g.message_id = unclaimed and g.id = any (claimed_ids)
    ) then
      continue;
    elsif exists (
      select 1
      from pgmq.q_generations as q
      join public.generations as g
        on g.id = case when q.message ->> 'generation_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (q.message ->> 'generation_id')::uuid end
      where q.msg_id = unclaimed and g.message_id = unclaimed
    ) then
      -- Locked at this moment, or an attempt still holds it (its end is the sweep's business).
      perform pgmq.set_vt('generations', unclaimed, 5);
    else
      perform pgmq.delete('generations', unclaimed);
    end if;
  end loop;
end;
$$;

comment on function private.return_unclaimed_messages(bigint[], uuid[]) is
  'For messages read without a claim: deletes those whose row is finished, unknown or has another message; hides the others for five seconds.';

revoke all on function private.return_unclaimed_messages(bigint[], uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.return_unclaimed_messages(bigint[], uuid[]) to service_role;

-- schemas/40_queue/functions/send_generation.sql
-- The one place a message is made.
create function private.send_generation(generation_id uuid) returns bigint
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
begin
  return (
    select s
    -- All four arguments: the shorter forms are wrappers, planned at every call.
    from pgmq.send(
      'generations', pg_catalog.jsonb_build_object('generation_id', send_generation.generation_id),
      null::jsonb, pg_catalog.clock_timestamp()) as s
  );
end;
$$;

comment on function private.send_generation(uuid) is 'Sends {"generation_id"} to the tail of the queue; the message id.';

revoke all on function private.send_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function private.send_generation(uuid) to service_role;

-- schemas/40_queue/functions/slots_in_use.sql
-- The semaphore's count: attempts that hold a lease and whose provider call has not ended.
create function private.slots_in_use() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile -- a claim must count what was committed while it waited for its lock
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*)
    from private.generation_attempts as a
    where a.finished_at is null
      and a.provider_finished_at is null
      and a.lease_expires_at > pg_catalog.clock_timestamp()
  );
end;
$$;

comment on function private.slots_in_use() is 'Images in flight at the provider, over all workers.';

revoke all on function private.slots_in_use() from public, anon, authenticated, service_role;
grant execute on function private.slots_in_use() to service_role;

-- schemas/40_queue/functions/sweep.sql
-- The guarantee behind the hints: every ten seconds, whatever was lost is found. Safe to run twice at once.
create function private.sweep() returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  batch constant integer := 500;
  step text;
  done jsonb := '{}';
  failed text[] := '{}';
begin
  if not pg_catalog.pg_try_advisory_xact_lock(7261, 2) then
    return pg_catalog.jsonb_build_object('skipped', true);
  end if;

  -- Each step by itself: what one of them meets must not stop the others, the ring least of all.
  foreach step in array array['lost', 'expired', 'repaired', 'rung'] loop
    begin
      done := done || pg_catalog.jsonb_build_object(step, case step
        when 'lost' then to_jsonb(private.expire_leases(batch))
        when 'expired' then to_jsonb(private.expire_waiting(batch))
        when 'repaired' then to_jsonb(private.repair_queue(batch))
        else to_jsonb(private.wake_for_waiting())
      end);
    exception when others then
      failed := failed || step;
      raise warning 'Step "%" of the sweep failed: % (%)', step, sqlerrm, sqlstate;
    end;
  end loop;
  return done || case when failed = '{}' then '{}'::jsonb else pg_catalog.jsonb_build_object('failed', failed) end;
end;
$$;

comment on function private.sweep() is
  'Ends lost attempts, expires overdue jobs, repairs the queue, rings the worker when work waits: {"lost", "expired", "repaired", "rung"}, with "failed" steps if any, or {"skipped": true} beside another sweep. pg_cron runs it every 10 seconds.';

revoke all on function private.sweep() from public, anon, authenticated, service_role;

-- schemas/40_queue/functions/wake_for_waiting.sql
-- Wakes a worker when there is something that it could do now.
create function private.wake_for_waiting() returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
begin
  return (
    exists (select 1 from private.object_deletions)
    or exists (select 1 from pgmq.q_bot_messages as b where b.vt <= instant)
    or (
      (
        private.free_slots() > 0
        -- A worker waits as long for the end of a pause.
        or exists (
          select 1 from private.provider_state as p
          where p.rate_paused_until between instant and instant + interval '20 seconds')
      )
      and exists (select 1 from pgmq.q_generations as q where q.vt <= instant)
    )
  ) and private.wake_workers('sweep');
end;
$$;

comment on function private.wake_for_waiting() is
  'Wakes a worker if a generation can start, an object is to be removed or a bot message is due. True when it rang.';

revoke all on function private.wake_for_waiting() from public, anon, authenticated, service_role;

-- schemas/40_queue/functions/wake_workers.sql
-- The doorbell: an empty POST to the worker, debounced over all sessions. Never blocks: where the lock is taken, its
-- holder rings. A ring that is skipped while another transaction is uncommitted is made up for by the sweep.
create function private.wake_workers(source text, times integer default 1) returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
begin
  if not pg_catalog.pg_try_advisory_xact_lock(7261, 3) then
    return false;
  end if;

  if wake_workers.source <> 'sweep' then
    -- An unanswered ring younger than a second is still on its way. A worker's own rings, for others, come once a second.
    if exists (
      select 1
      from private.doorbell as rung, private.doorbell as answered
      where rung.event = 'rung' and answered.event = 'answered'
        -- One far ahead is of a clock that was set back since.
        and rung.at between instant - interval '1 second' and instant + interval '1 minute'
        and (wake_workers.source = 'worker' or rung.at > coalesce(answered.at, '-infinity'))
    ) then
      return false;
    end if;
    if private.free_slots() = 0 or private.images_in_budget() <= 0 then
      return false;
    end if;
  end if;

  if not private.post_to_worker(wake_workers.source, wake_workers.times) then
    return false;
  end if;
  update private.doorbell as d set at = pg_catalog.clock_timestamp() where d.event = 'rung';
  return true;
end;
$$;

comment on function private.wake_workers(text, integer) is
  'Queues times webhooks to the worker, unless a ring is unanswered, no slot is free or the image budget is spent. source: webhook, worker, or sweep, which rings in any case. True when it rang.';

revoke all on function private.wake_workers(text, integer) from public, anon, authenticated, service_role;
grant execute on function private.wake_workers(text, integer) to service_role;

-- schemas/50_delivery/functions/announce_preview.sql
-- Shows a stored preview to the owner, if the attempt that generated it still holds the generation.
create function public.announce_preview(generation_id uuid, attempt integer, object_key text, preview_url text)
returns boolean
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations;
begin
  -- Locks the row: an end that comes meanwhile finds this preview and removes it.
  select g.* into generation
  from public.generations as g
  where g.id = announce_preview.generation_id
    and g.status = 'PROCESSING'
    and g.attempt = announce_preview.attempt
  for no key update;
  if not found then
    return false;
  end if;
  insert into private.generation_previews (object_key, generation_id)
  values (announce_preview.object_key, generation.id)
  on conflict on constraint generation_previews_pkey do nothing;
  perform private.send_to_owner(generation, announce_preview.preview_url);
  return true;
end;
$$;

comment on function public.announce_preview(uuid, integer, text, text) is
  'Broadcasts a preview of a running attempt and notes its object for removal; false when the attempt no longer holds the generation. Functions only.';

revoke all on function public.announce_preview(uuid, integer, text, text) from public, anon, authenticated, service_role;
grant execute on function public.announce_preview(uuid, integer, text, text) to service_role;

-- schemas/50_delivery/functions/claim_bot_messages.sql
-- Hands out messages to send. Each is marked as sent before it is: a crash loses one, and doubles none.
create function public.claim_bot_messages(quantity integer) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  message record;
  due jsonb;
  messages jsonb := '[]';
begin
  for message in
    select
      m.msg_id,
      case
        when m.message ->> 'generation_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
          then (m.message ->> 'generation_id')::uuid
      end as generation_id
    from pgmq.read('bot_messages', 60, quantity) as m
  loop
    perform pgmq.delete('bot_messages', message.msg_id);
    update private.bot_messages as b
    set sent_at = pg_catalog.clock_timestamp()
    from public.generations as g
    join public.users as u on u.id = g.user_id
    where b.generation_id = message.generation_id
      and b.seen_at is null
      and b.sent_at is null
      and g.id = b.generation_id
      and g.deleted_at is null
      and u.allows_write_to_pm
      and u.telegram_id is not null
    returning pg_catalog.jsonb_build_object(
      'generation_id', g.id, 'chat_id', u.telegram_id, 'photo', g.public_url, 'language_code', u.language_code,
      'tries', b.tries)
    into due;
    if found then
      messages := messages || due;
    end if;
  end loop;
  return messages;
end;
$$;

comment on function public.claim_bot_messages(integer) is
  'Up to quantity messages that are due: [{"generation_id", "chat_id", "photo", "language_code", "tries"}], each given once. Functions only.';

revoke all on function public.claim_bot_messages(integer) from public, anon, authenticated, service_role;
grant execute on function public.claim_bot_messages(integer) to service_role;

-- schemas/50_delivery/functions/send_to_owner.sql
-- What the owner hears of a generation, on the private topic user:<id>.
create function private.send_to_owner(generation public.generations, preview_url text default null) returns void
language plpgsql
security definer -- realtime.messages takes no insert from service_role without a policy
set search_path = ''
as $$
begin
  perform realtime.send(
    pg_catalog.jsonb_build_object(
      'id', (generation).id,
      'status', (generation).status,
      'version', (generation).version,
      'public_url', (generation).public_url,
      'error_code', (generation).error_code
    ) || case
      when send_to_owner.preview_url is null then '{}'::jsonb
      else pg_catalog.jsonb_build_object('preview_url', send_to_owner.preview_url)
    end,
    'generation',
    'user:' || (generation).user_id::text,
    true
  );
end;
$$;

comment on function private.send_to_owner(public.generations, text) is
  'Private Broadcast "generation" to user:<user id>: id, status, version, public_url, error_code, and preview_url when there is one. realtime.send never fails the transaction.';

revoke all on function private.send_to_owner(public.generations, text) from public, anon, authenticated, service_role;
grant execute on function private.send_to_owner(public.generations, text) to service_role;

-- schemas/50_delivery/functions/settle_bot_message.sql
-- What became of a message. A user who blocked the bot gets no more until the next login allows it again.
create function public.settle_bot_message(generation_id uuid, outcome text, retry_after_seconds integer default null)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if retry_after_seconds is not null then
    -- Not sent: refused for its rate, or (a try of five) not answered.
    update private.bot_messages as b
    set sent_at = null, tries = b.tries + case when settle_bot_message.outcome = 'failed' then 1 else 0 end
    where b.generation_id = settle_bot_message.generation_id;
    perform pgmq.send(
      'bot_messages', pg_catalog.jsonb_build_object('generation_id', settle_bot_message.generation_id),
      settle_bot_message.retry_after_seconds);
    return;
  end if;
  update private.bot_messages as b
  set outcome = settle_bot_message.outcome
  where b.generation_id = settle_bot_message.generation_id;
  if settle_bot_message.outcome = 'blocked' then
    update public.users as u set allows_write_to_pm = false
    where u.id = (select g.user_id from public.generations as g where g.id = settle_bot_message.generation_id);
  end if;
end;
$$;

comment on function public.settle_bot_message(uuid, text, integer) is
  'Notes sent, blocked (turns messages off for the user) or failed; with retry_after_seconds it is queued again instead, failed counting as a try. Functions only.';

revoke all on function public.settle_bot_message(uuid, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.settle_bot_message(uuid, text, integer) to service_role;

-- schemas/50_delivery/functions/settle_object_deletions.sql
-- Forgets removals that are done, and lists those that are not.
create function public.settle_object_deletions(object_keys text[] default '{}', page_size integer default 100)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
begin
  delete from private.object_deletions as d where d.object_key = any (settle_object_deletions.object_keys);
  return coalesce(
    (
      select jsonb_agg(open.object_key)
      from (
        select d.object_key from private.object_deletions as d order by d.requested_at
        limit settle_object_deletions.page_size
      ) as open
    ),
    '[]'
  );
end;
$$;

comment on function public.settle_object_deletions(text[], integer) is
  'Removes the given keys, whose objects are gone, from object_deletions; gives up to page_size keys still to remove. Functions only.';

revoke all on function public.settle_object_deletions(text[], integer) from public, anon, authenticated, service_role;
grant execute on function public.settle_object_deletions(text[], integer) to service_role;

-- schemas/90_admin/functions/erase_user.sql
-- select admin.erase_user(telegram_id => 42, note => 'asked by mail');
create function admin.erase_user(telegram_id bigint, note text) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  account public.users := admin.find_user(erase_user.telegram_id);
  generation public.generations;
  erased integer;
begin
  if exists (
    select 1 from public.generations as g where g.user_id = account.id and g.status = 'PROCESSING'
  ) then
    raise exception using
      errcode = 'PX003',
      message = format('User %s has a generation in PROCESSING: erase again once it has ended', erase_user.telegram_id);
  end if;
  perform admin.record_action('erase_user', pg_catalog.jsonb_build_object('user_id', account.id), erase_user.note);

  for generation in
    select g.* from public.generations as g where g.user_id = account.id and g.status = 'PENDING' order by g.id
  loop
    perform private.finish_without_picture(
      private.lock_generation(generation.id), 'CANCELLED', null, 'the user was erased');
  end loop;

  insert into private.object_deletions (object_key)
  select private.object_key(g) from public.generations as g
  where g.user_id = account.id and g.attempt > 0
  on conflict (object_key) do nothing;
  -- What the provider said may quote the prompt.
  update private.generation_attempts as a set error_message = null
  where a.error_message is not null
    and a.generation_id in (select g.id from public.generations as g where g.user_id = account.id);
  update pgmq.a_generations as q set message = q.message - 'reason'
  where q.message ->> 'generation_id' in (
    select g.id::text from public.generations as g where g.user_id = account.id);
  delete from private.idempotency_keys as k where k.user_id = account.id;
  delete from private.sessions as s where s.user_id = account.id;
  update public.generations as g
  set prompt = '[erased]', deleted_at = coalesce(g.deleted_at, pg_catalog.clock_timestamp())
  where g.user_id = account.id;
  get diagnostics erased = row_count;
  update public.users as u
  set
    telegram_id = null, first_name = '[erased]', last_name = null, username = null, language_code = null,
    photo_url = null, allows_write_to_pm = false, erased_at = pg_catalog.clock_timestamp()
  where u.id = account.id;
  return erased;
end;
$$;

comment on function admin.erase_user(bigint, text) is
  'Removes a user''s personal data, prompts, sessions and (by the worker) pictures; ids and the ledger stay for the accounts. Gives the number of generations erased. Audited, without the Telegram id.';

revoke all on function admin.erase_user(bigint, text) from public, anon, authenticated, service_role;

-- schemas/90_admin/functions/find_user.sql
-- The user an operator names by Telegram id, or an error that says where to look.
create function admin.find_user(telegram_id bigint) returns public.users
language plpgsql
security invoker
set search_path = ''
as $$
declare
  account public.users;
begin
  select u.* into account from public.users as u where u.telegram_id = find_user.telegram_id for no key update;
  if not found then
    raise exception using
      errcode = 'PX004',
      message = format('No user has the Telegram id %s', find_user.telegram_id),
      hint = 'select telegram_id, first_name, username from admin.users order by last_login_at desc;';
  end if;
  return account;
end;
$$;

comment on function admin.find_user(bigint) is 'Finds and locks a user by Telegram id; raises PX004 with a query to look.';

revoke all on function admin.find_user(bigint) from public, anon, authenticated, service_role;

-- schemas/90_admin/functions/grant_credits.sql
-- select admin.grant_credits(telegram_id => 42, amount => 50, note => 'promo');
create function admin.grant_credits(telegram_id bigint, amount integer, note text) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  account public.users := admin.find_user(grant_credits.telegram_id);
begin
  if grant_credits.amount is null or grant_credits.amount = 0 then
    raise exception using
      errcode = 'PX003', message = 'Cannot grant 0 credits: give a positive amount, or a negative one to take back';
  elsif account.credits::bigint + grant_credits.amount < 0 then
    raise exception using
      errcode = 'PX402',
      message = format('Cannot take %s credits: the balance is %s', -grant_credits.amount::bigint, account.credits);
  elsif account.credits::bigint + grant_credits.amount > 1000000000 then
    raise exception using
      errcode = 'PX003',
      message = format(
        'Cannot grant %s credits: the balance is %s, wanted 1000000000 at most after it',
        grant_credits.amount, account.credits);
  end if;
  perform admin.record_action(
    'grant_credits',
    -- Not the Telegram id: the audit outlives an erased user.
    pg_catalog.jsonb_build_object('user_id', account.id, 'amount', grant_credits.amount),
    grant_credits.note);
  -- Without the note, which is the operator's and stays in the audit: the user reads the ledger.
  insert into public.credit_ledger (user_id, delta, kind, actor)
  values (account.id, grant_credits.amount, 'grant', session_user);
  return account.credits + grant_credits.amount;
end;
$$;

comment on function admin.grant_credits(bigint, integer, text) is
  'Adds credits (a negative amount takes them back, not below 0); gives the new balance. Audited.';

revoke all on function admin.grant_credits(bigint, integer, text) from public, anon, authenticated, service_role;

-- schemas/90_admin/functions/pause.sql
-- select admin.pause(note => 'provider maintenance');
create function admin.pause(note text) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform admin.record_action('pause', '{}', pause.note);
  perform private.pause_provider('operator', pause.note);
end;
$$;

comment on function admin.pause(text) is
  'Stops submissions (503, nothing charged) and new starts until admin.resume; running images finish. Audited.';

revoke all on function admin.pause(text) from public, anon, authenticated, service_role;

-- schemas/90_admin/functions/record_action.sql
-- The audit row of an operator's act.
create function admin.record_action(action text, arguments jsonb, note text) returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if coalesce(btrim(record_action.note), '') = '' then
    raise exception using
      errcode = 'PX003',
      message = format('Cannot run admin.%s without a note: say why', record_action.action),
      hint = format('select admin.%s(..., note => ''why'');', record_action.action);
  end if;
  insert into private.admin_actions (action, arguments, note)
  values ('admin.' || record_action.action, record_action.arguments, record_action.note);
end;
$$;

comment on function admin.record_action(text, jsonb, text) is 'Writes the audit row of an admin function; raises PX003 without a note.';

revoke all on function admin.record_action(text, jsonb, text) from public, anon, authenticated, service_role;

-- schemas/90_admin/functions/refund_generation.sql
-- select admin.refund_generation(generation_id => '...', note => 'picture was blank');
create function admin.refund_generation(generation_id uuid, note text) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations := private.lock_generation(refund_generation.generation_id);
begin
  if generation.id is null then
    raise exception using
      errcode = 'PX004', message = format('No generation has the id %s', refund_generation.generation_id);
  elsif generation.status in ('FAILED', 'CANCELLED') then
    raise exception using
      errcode = 'PX003',
      message = format('Generation %s is %s: it was refunded when it ended', generation.id, generation.status);
  elsif generation.status <> 'COMPLETED' then
    raise exception using
      errcode = 'PX003',
      message = format('Generation %s is %s: it is refunded by itself if it fails', generation.id, generation.status),
      hint = 'Wait for its end, or select admin.requeue_generation(generation_id => ..., note => ...);';
  elsif exists (
    select 1 from public.credit_ledger as l where l.generation_id = generation.id and l.kind = 'goodwill'
  ) then
    raise exception using
      errcode = 'PX003', message = format('Generation %s was already refunded by an operator', generation.id);
  end if;
  perform admin.record_action(
    'refund_generation', pg_catalog.jsonb_build_object('generation_id', generation.id), refund_generation.note);
  -- Its own kind: a COMPLETED generation with a plain refund would be a violation of the ledger.
  -- Without the note, as admin.grant_credits.
  insert into public.credit_ledger (user_id, delta, kind, generation_id, actor)
  values (generation.user_id, generation.cost, 'goodwill', generation.id, session_user);
  return (select u.credits from public.users as u where u.id = generation.user_id);
end;
$$;

comment on function admin.refund_generation(uuid, text) is
  'Gives the credits of a COMPLETED generation back, once; the user keeps the picture. Gives the new balance. Audited.';

revoke all on function admin.refund_generation(uuid, text) from public, anon, authenticated, service_role;

-- schemas/90_admin/functions/requeue_generation.sql
-- select admin.requeue_generation(generation_id => '...', note => 'provider is back');
create function admin.requeue_generation(generation_id uuid, note text) returns uuid
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations := private.lock_generation(requeue_generation.generation_id);
  running integer;
  answer jsonb;
begin
  if generation.id is null then
    raise exception using
      errcode = 'PX004', message = format('No generation has the id %s', requeue_generation.generation_id);
  elsif generation.status = 'COMPLETED' then
    raise exception using
      errcode = 'PX003', message = format('Generation %s is COMPLETED: there is nothing to requeue', generation.id);
  elsif generation.status in ('FAILED', 'CANCELLED') and exists (
    select 1 from public.users as u where u.id = generation.user_id and u.erased_at is not null
  ) then
    raise exception using
      errcode = 'PX003',
      message = format('Generation %s is of an erased user: there is nobody to charge', generation.id);
  end if;
  perform admin.record_action(
    'requeue_generation', pg_catalog.jsonb_build_object('generation_id', generation.id), requeue_generation.note);

  if generation.status in ('FAILED', 'CANCELLED') then
    -- Its end stands, refunded; the same request is submitted anew, at the user's charge.
    answer := public.submit_generations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
      'generation_id', gen_random_uuid(), 'user_id', generation.user_id, 'prompt', generation.prompt,
      'size', generation.size, 'quality', generation.quality, 'output_format', generation.output_format,
      'enforce_rate_limit', false))) -> 0;
    if answer ->> 'outcome' <> 'accepted' then
      raise exception using
        errcode = 'PX003',
        message = format('Generation %s cannot be submitted again: %s', generation.id,
          coalesce(answer -> 'refusal' ->> 'message', answer ->> 'outcome'));
    end if;
    return (answer -> 'answer' ->> 'id')::uuid;
  end if;

  select a.attempt into running
  from private.generation_attempts as a
  where a.generation_id = generation.id and a.finished_at is null;
  if running is not null then
    perform private.end_attempt(generation.id, running, 'released', error_message => requeue_generation.note);
  end if;
  if generation.message_id is null then
    perform private.enqueue_next(generation.user_id); -- in its lane; a message more would break the lane's size
  else
    perform pgmq.set_vt('generations', generation.message_id, 0);
  end if;
  perform private.wake_workers('worker');
  return generation.id;
end;
$$;

comment on function admin.requeue_generation(uuid, text) is
  'Unfinished: takes it from its worker and makes it claimable now; one that waits behind earlier ones of its user keeps its place. FAILED or CANCELLED: submits the same request again at the user''s charge. Gives the id of the generation that will run. Audited.';

revoke all on function admin.requeue_generation(uuid, text) from public, anon, authenticated, service_role;

-- schemas/90_admin/functions/resume.sql
-- select admin.resume(note => 'funds are back');
create function admin.resume(note text default 'resumed') returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform admin.record_action('resume', '{}', resume.note);
  update private.provider_state as p
  set
    paused_until = null, pause_kind = null, pause_note = null, pause_count = 0,
    rate_paused_until = null, concurrency_limit = null, streak_signature = null, streak_user_ids = '{}'
  where p.singleton;
  update private.provider_models as m set retired_at = null where m.retired_at is not null;
  -- Nothing waits for a pause that is over.
  perform pgmq.set_vt('generations', g.message_id, 0)
  from public.generations as g
  where g.status = 'PROCESSING'
    and g.message_id is not null
    and not exists (
      select 1 from private.generation_attempts as a
      where a.generation_id = g.id and a.finished_at is null);
  perform private.wake_workers('sweep');
end;
$$;

comment on function admin.resume(text) is
  'Ends every pause, the lowered pace and the memory of retired models, and rings the worker. Audited.';

revoke all on function admin.resume(text) from public, anon, authenticated, service_role;

-- schemas/90_admin/views/daily_usage.sql
-- select * from admin.daily_usage limit 14;
create view admin.daily_usage with (security_invoker = true) as
select
  d.day,
  d.submitted,
  d.completed,
  d.failed,
  d.cancelled,
  d.users,
  d.credits_debited,
  d.credits_refunded,
  a.provider_calls,
  a.failed_attempts,
  a.median_latency_ms,
  a.total_tokens
from (
  select
    (g.created_at at time zone 'utc')::date as day,
    count(*) as submitted,
    count(*) filter (where g.status = 'COMPLETED') as completed,
    count(*) filter (where g.status = 'FAILED') as failed,
    count(*) filter (where g.status = 'CANCELLED') as cancelled,
    count(distinct g.user_id) as users,
    sum(g.cost) as credits_debited,
    coalesce(sum(g.cost) filter (where g.status in ('FAILED', 'CANCELLED')), 0) as credits_refunded
  from public.generations as g
  group by 1
) as d
left join (
  select
    (t.claimed_at at time zone 'utc')::date as day,
    count(*) filter (where t.model is not null) as provider_calls,
    count(*) filter (where t.outcome not in ('completed', 'recovered')) as failed_attempts,
    percentile_cont(0.5) within group (order by t.latency_ms) filter (where t.outcome = 'completed') as median_latency_ms,
    sum((t.usage ->> 'total_tokens')::bigint) as total_tokens
  from private.generation_attempts as t
  group by 1
) as a on a.day = d.day
order by d.day desc;

comment on view admin.daily_usage is 'By UTC day, newest first: generations by end, users, credits, provider calls, failed attempts, median latency, tokens.';

revoke all on admin.daily_usage from public, anon, authenticated, service_role;

-- schemas/90_admin/views/ledger_violations.sql
-- select * from admin.ledger_violations;   -- returns no row, ever
create view admin.ledger_violations with (security_invoker = true) as
with entry as (
  select
    g.id, g.user_id, g.status, g.cost,
    sum(l.delta) filter (where l.kind = 'generation') as debit,
    sum(l.delta) filter (where l.kind = 'refund') as refund,
    sum(l.delta) filter (where l.kind = 'goodwill') as goodwill
  from public.generations as g
  left join public.credit_ledger as l on l.generation_id = g.id
  group by g.id
)
select 'balance_differs_from_ledger' as violation, u.id as user_id, null::uuid as generation_id,
  format('balance %s, sum of ledger %s', u.credits, coalesce(s.total, 0)) as detail
from public.users as u
left join (select l.user_id, sum(l.delta) as total from public.credit_ledger as l group by l.user_id) as s
  on s.user_id = u.id
where u.credits <> coalesce(s.total, 0)
union all
select 'generation_without_debit', e.user_id, e.id, format('cost %s, debit %s', e.cost, coalesce(e.debit, 0))
from entry as e
where e.debit is distinct from -e.cost
union all
select 'ended_without_refund', e.user_id, e.id, format('%s, cost %s, refund %s', e.status, e.cost, coalesce(e.refund, 0))
from entry as e
where e.status in ('FAILED', 'CANCELLED') and e.refund is distinct from e.cost
union all
select 'refund_without_end', e.user_id, e.id, format('%s, refund %s', e.status, e.refund)
from entry as e
where e.status in ('PENDING', 'PROCESSING', 'COMPLETED') and e.refund is not null
union all
select 'goodwill_in_excess', e.user_id, e.id, format('%s, cost %s, goodwill %s', e.status, e.cost, e.goodwill)
from entry as e
where e.goodwill is not null and (e.status <> 'COMPLETED' or e.goodwill <> e.cost)
union all
select 'entry_of_another_user', l.user_id, l.generation_id, format('ledger entry %s', l.id)
from public.credit_ledger as l
join public.generations as g on g.id = l.generation_id
where g.user_id <> l.user_id
union all
select 'completed_without_attempt', g.user_id, g.id, format('attempt %s', g.attempt)
from public.generations as g
where g.status = 'COMPLETED' and not exists (
  select 1 from private.generation_attempts as a
  where a.generation_id = g.id and a.attempt = g.attempt and a.outcome in ('completed', 'recovered'))
union all
select 'signup_granted_twice', l.user_id, null, format('%s times', count(*))
from public.credit_ledger as l
where l.kind = 'signup'
group by l.user_id
having count(*) > 1;

comment on view admin.ledger_violations is 'What must never be: a balance that is not the sum of its ledger, a debit or refund missing or in excess. Empty, ever.';

revoke all on admin.ledger_violations from public, anon, authenticated, service_role;

-- schemas/90_admin/views/queue_health.sql
-- select * from admin.queue_health;
create view admin.queue_health with (security_invoker = true) as
select
  (select count(*) from public.generations as g where g.status = 'PENDING') as waiting,
  (select count(*) from public.generations as g where g.status = 'PROCESSING') as processing,
  private.slots_in_use() as in_flight,
  private.concurrency_limit() as concurrency_limit,
  s.max_concurrent,
  (
    select extract(epoch from pg_catalog.clock_timestamp() - min(g.created_at))::integer
    from public.generations as g
    where g.status = 'PENDING'
  ) as oldest_waiting_seconds,
  q.service_ms,
  private.expected_wait_seconds(
    private.queue_length(), 0, pace.starts_per_second, pace.service_seconds, pace.pause_seconds) as expected_wait_seconds,
  (select count(*) from private.generation_attempts as a
    where a.finished_at is null and a.lease_expires_at < pg_catalog.clock_timestamp()) as expired_leases,
  (select count(*) from pgmq.q_generations) as messages,
  (select count(*) from pgmq.a_generations) as dead_letters,
  p.pause_kind,
  p.pause_note,
  p.paused_until,
  p.rate_paused_until,
  private.retired_models() as retired_models,
  (
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'model', m.model, 'retired_at', m.retired_at, 'is_listed', m.is_listed, 'shutdown_date', m.shutdown_date)
      order by m.model)
    from private.provider_models as m
  ) as models,
  (
    select string_agg(format('%s ends on %s', m.model, m.shutdown_date), '; ' order by m.shutdown_date)
    from private.provider_models as m
    where m.shutdown_date <= current_date + 60
  ) as model_warning,
  (select d.at from private.doorbell as d where d.event = 'rung') as last_ring,
  (select d.error from private.doorbell as d where d.event = 'rung') as last_ring_error,
  (select d.at from private.doorbell as d where d.event = 'answered') as last_claim,
  (
    select max(r.end_time) from cron.job_run_details as r
    join cron.job as j on j.jobid = r.jobid
    where j.jobname = 'sweep' and r.status = 'succeeded'
  ) as last_sweep,
  (
    select count(*) = 2 from vault.secrets as v where v.name in ('worker_url', 'worker_secret')
  ) as webhook_configured
from private.settings as s, private.provider_state as p, private.queue_state as q, private.queue_pace() as pace;

comment on view admin.queue_health is 'One row: what waits and runs, how long it will take, what is paused, when the worker was last rung and the sweep last ran.';

revoke all on admin.queue_health from public, anon, authenticated, service_role;

-- schemas/90_admin/views/users.sql
-- select * from admin.users;
create view admin.users with (security_invoker = true) as
select
  u.telegram_id,
  u.first_name,
  u.username,
  u.credits,
  coalesce(g.completed, 0) as completed,
  coalesce(g.failed, 0) as failed,
  coalesce(g.unfinished, 0) as unfinished,
  coalesce(g.blocked_last_hour, 0) as blocked_last_hour,
  coalesce(l.spent, 0) as credits_spent,
  u.created_at,
  u.last_login_at,
  u.id
from public.users as u
left join lateral (
  select
    count(*) filter (where o.status = 'COMPLETED') as completed,
    count(*) filter (where o.status = 'FAILED') as failed,
    count(*) filter (where o.status in ('PENDING', 'PROCESSING')) as unfinished,
    count(*) filter (where o.error_code = 'moderation_blocked' and o.finished_at > now() - interval '1 hour') as blocked_last_hour
  from public.generations as o
  where o.user_id = u.id
) as g on true
left join lateral (
  select -sum(e.delta) as spent
  from public.credit_ledger as e
  where e.user_id = u.id and e.kind in ('generation', 'refund')
) as l on true;

comment on view admin.users is 'Users with balance, generations by end, credits spent. Order and limit as you need: order by last_login_at desc limit 50.';

revoke all on admin.users from public, anon, authenticated, service_role;
