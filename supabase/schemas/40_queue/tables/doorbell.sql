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
