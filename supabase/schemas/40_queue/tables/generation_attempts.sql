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
  provider_request_id text,
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
create index generation_attempts_finished_at_idx on private.generation_attempts (finished_at) where finished_at is not null;
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
comment on column private.generation_attempts.provider_request_id is 'The provider''s name for the call, to quote to its support; null where it gave none.';

alter table private.generation_attempts enable row level security;

revoke all on table private.generation_attempts from public, anon, authenticated, service_role;

grant select, insert, update on table private.generation_attempts to service_role;
