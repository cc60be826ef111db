-- Up to where rows are counted into private.metric_totals, and what the last check of the ledger found. One row.
create table private.metrics_state (
  singleton boolean not null default true,
  attempts_until timestamptz not null default '-infinity',
  ledger_until bigint not null default 0,
  ledger_violations integer,
  ledger_checked_at timestamptz,
  constraint metrics_state_pkey primary key (singleton),
  constraint metrics_state_one_row check (singleton)
);

comment on table private.metrics_state is 'Marks of the counters and the last check of the ledger: one row.';
comment on column private.metrics_state.singleton is 'Holds the table to one row.';
comment on column private.metrics_state.attempts_until is 'Attempts that ended until then are in metric_totals; later ones are counted when they are asked for.';
comment on column private.metrics_state.ledger_until is 'Entries of the ledger up to this id are in metric_totals.';
comment on column private.metrics_state.ledger_violations is 'Rows of admin.ledger_violations at the last check; null: never checked.';
comment on column private.metrics_state.ledger_checked_at is 'When that was.';

alter table private.metrics_state enable row level security;

revoke all on table private.metrics_state from public, anon, authenticated, service_role;

grant select on table private.metrics_state to service_role;
