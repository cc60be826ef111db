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
