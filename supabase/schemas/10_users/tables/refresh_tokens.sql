-- Rotating refresh tokens of the sessions. Only hashes are stored.
create table private.refresh_tokens (
  token_hash text not null,
  session_id uuid not null,
  created_at timestamptz not null default now(),
  spent_at timestamptz,
  constraint refresh_tokens_pkey primary key (token_hash),
  constraint refresh_tokens_session_id_fkey foreign key (session_id)
    references private.sessions (id) on delete cascade,
  constraint refresh_tokens_token_hash_length check (length(token_hash) = 64)
);

create index refresh_tokens_spent_at_idx on private.refresh_tokens (spent_at) where spent_at is not null;
create index refresh_tokens_session_id_idx on private.refresh_tokens (session_id);

comment on table private.refresh_tokens is 'Each refresh token ever given in a living session; a spent one that returns betrays a theft.';
comment on column private.refresh_tokens.token_hash is 'SHA-256 of the token, lower-case hex.';
comment on column private.refresh_tokens.session_id is 'Session it renews.';
comment on column private.refresh_tokens.created_at is 'When it was issued.';
comment on column private.refresh_tokens.spent_at is 'When it was exchanged for the next one.';

alter table private.refresh_tokens enable row level security;

revoke all on table private.refresh_tokens from public, anon, authenticated, service_role;
grant select, insert, update, delete on table private.refresh_tokens to service_role;
