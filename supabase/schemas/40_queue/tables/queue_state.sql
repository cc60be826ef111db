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
