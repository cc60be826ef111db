-- What all workers must agree on about the provider and the queue, and the doorbell's memory. One row each.
create table private.provider_state (
  singleton boolean not null default true,
  paused_until timestamptz,
  pause_kind text,
  pause_note text,
  pause_count integer not null default 0,
  rate_paused_until timestamptz,
  concurrency_limit integer,
  concurrency_changed_at timestamptz not null default now(),
  retired_models text[] not null default '{}',
  constraint provider_state_pkey primary key (singleton),
  constraint provider_state_one_row check (singleton),
  constraint provider_state_pause_kind_known check (pause_kind in ('operator', 'money')),
  constraint provider_state_pause_is_whole check ((paused_until is null) = (pause_kind is null)),
  constraint provider_state_concurrency_limit_positive check (concurrency_limit > 0)
);
comment on table private.provider_state is 'Pauses, pace and retired models: one row shared by all workers.';
comment on column private.provider_state.singleton is 'Holds the table to one row.';
comment on column private.provider_state.paused_until is 'No submission is accepted and no job claimed until then; infinity: until admin.resume.';
comment on column private.provider_state.pause_kind is 'operator, or money (the provider refused for lack of funds).';
comment on column private.provider_state.pause_note is 'Why, for operators.';
comment on column private.provider_state.pause_count is 'Money pauses in a row; doubles the next one.';
comment on column private.provider_state.rate_paused_until is 'No job is claimed until then: the provider answered 429 with Retry-After.';
comment on column private.provider_state.concurrency_limit is 'Lowered pace after rate 429s, growing back to max_concurrent; null: not lowered.';
comment on column private.provider_state.concurrency_changed_at is 'When the pace last changed.';
comment on column private.provider_state.retired_models is 'Models the provider no longer knows; workers skip them.';

create table private.queue_state (
  singleton boolean not null default true,
  waiting integer not null default 0,
  service_ms integer not null default 15000,
  refreshed_at timestamptz not null default '-infinity',
  constraint queue_state_pkey primary key (singleton),
  constraint queue_state_one_row check (singleton)
);
comment on table private.queue_state is 'Measured load, refreshed by claims and the sweep, so that submissions need not count.';
comment on column private.queue_state.singleton is 'Holds the table to one row.';
comment on column private.queue_state.waiting is 'PENDING generations, exact up to 20,000.';
comment on column private.queue_state.service_ms is 'Mean milliseconds from claim to end over the latest completed attempts.';
comment on column private.queue_state.refreshed_at is 'When this was measured.';

create table private.doorbell (
  event text not null,
  at timestamptz not null default '-infinity',
  constraint doorbell_pkey primary key (event),
  constraint doorbell_event_known check (event in ('rung', 'answered'))
);
comment on table private.doorbell is 'When the worker was last rung and when a worker last looked: two rows, so that neither side waits for the other.';
comment on column private.doorbell.event is 'rung (a webhook was queued) or answered (a claim began).';
comment on column private.doorbell.at is 'When it last happened.';

alter table private.provider_state enable row level security;
alter table private.queue_state enable row level security;
alter table private.doorbell enable row level security;
revoke all on table private.provider_state, private.queue_state, private.doorbell
  from public, anon, authenticated, service_role;
grant select, update on table private.provider_state, private.queue_state, private.doorbell to service_role;

insert into private.provider_state default values;
insert into private.queue_state default values;
insert into private.doorbell (event) values ('rung'), ('answered');
-- Single rows: without statistics the planner expects thousands.
analyze private.provider_state, private.queue_state, private.doorbell;
