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
  request_id text,
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
  constraint generations_deleted_is_finished check (deleted_at is null or finished_at is not null),
  constraint generations_request_id_length check (length(request_id) between 1 and 64)
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
  created_at, queued_at, started_at, finished_at, version, message_id, deleted_at, request_id
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
comment on column public.generations.request_id is 'x-request-id of the submission; on the log lines of all functions about it.';

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
