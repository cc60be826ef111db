-- Sessions and their rotating refresh tokens. Only hashes are stored.
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

create table private.refresh_tokens (
  token_hash text not null,
  session_id uuid not null,
  created_at timestamptz not null default now(),
  spent_at timestamptz,
  next_token_hash text,
  constraint refresh_tokens_pkey primary key (token_hash),
  constraint refresh_tokens_session_id_fkey foreign key (session_id)
    references private.sessions (id) on delete cascade,
  constraint refresh_tokens_spent_has_next check ((spent_at is null) = (next_token_hash is null)),
  constraint refresh_tokens_token_hash_length check (length(token_hash) = 64)
);
create index refresh_tokens_spent_at_idx on private.refresh_tokens (spent_at) where spent_at is not null;
create index refresh_tokens_session_id_idx on private.refresh_tokens (session_id);

comment on table private.refresh_tokens is 'Each refresh token ever given in a living session; a spent one that returns betrays a theft.';
comment on column private.refresh_tokens.token_hash is 'SHA-256 of the token, lower-case hex.';
comment on column private.refresh_tokens.session_id is 'Session it renews.';
comment on column private.refresh_tokens.created_at is 'When it was issued.';
comment on column private.refresh_tokens.spent_at is 'When it was exchanged for the next one.';
comment on column private.refresh_tokens.next_token_hash is 'Which one it was exchanged for: the same exchange again is a request sent twice, any other a theft.';

alter table private.sessions enable row level security;
alter table private.refresh_tokens enable row level security;
revoke all on table private.sessions, private.refresh_tokens from public, anon, authenticated, service_role;
grant select, insert, update, delete on table private.sessions, private.refresh_tokens to service_role;
