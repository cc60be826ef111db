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
