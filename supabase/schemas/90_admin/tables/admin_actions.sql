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
