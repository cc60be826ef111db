-- What protects the request path: idempotency keys, the Postgres rate limiter, pictures still to be removed.
create table private.idempotency_keys (
  user_id uuid not null,
  key text not null,
  request_hash text not null,
  generation_id uuid not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  constraint idempotency_keys_pkey primary key (user_id, key),
  constraint idempotency_keys_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
  constraint idempotency_keys_generation_id_fkey foreign key (generation_id) references public.generations (id),
  constraint idempotency_keys_key_length check (length(key) between 1 and 255)
);
create index idempotency_keys_created_at_idx on private.idempotency_keys (created_at);
create index idempotency_keys_generation_id_idx on private.idempotency_keys (generation_id);

comment on table private.idempotency_keys is 'Answers already given, by user and Idempotency-Key; kept 24 hours.';
comment on column private.idempotency_keys.user_id is 'Whose key: keys of different users never meet.';
comment on column private.idempotency_keys.key is 'Header Idempotency-Key.';
comment on column private.idempotency_keys.request_hash is 'SHA-256 of the validated body: another body under the same key is a conflict.';
comment on column private.idempotency_keys.generation_id is 'Generation the first request made.';
comment on column private.idempotency_keys.answer is 'Body of the first answer.';
comment on column private.idempotency_keys.created_at is 'When the first request was accepted.';

-- Unlogged: a crash empties it, which only forgives a minute of limits.
create unlogged table private.rate_limits (
  rule text not null,
  identifier text not null,
  tokens double precision not null,
  updated_at timestamptz not null,
  constraint rate_limits_pkey primary key (rule, identifier)
) with (fillfactor = 70);
create index rate_limits_updated_at_idx on private.rate_limits (updated_at);

comment on table private.rate_limits is 'Token buckets that hold the limits while Redis does not answer.';
comment on column private.rate_limits.rule is 'Name of the limit.';
comment on column private.rate_limits.identifier is 'Who is limited: a user, a Telegram id, an address.';
comment on column private.rate_limits.tokens is 'Tokens left at updated_at.';
comment on column private.rate_limits.updated_at is 'When tokens was computed.';

create table private.object_deletions (
  object_key text not null,
  requested_at timestamptz not null default now(),
  constraint object_deletions_pkey primary key (object_key)
);
comment on table private.object_deletions is 'Pictures to remove from the bucket; a row goes when its object is gone.';
comment on column private.object_deletions.object_key is 'Key in the bucket.';
comment on column private.object_deletions.requested_at is 'When the removal was asked for.';

alter table private.idempotency_keys enable row level security;
alter table private.rate_limits enable row level security;
alter table private.object_deletions enable row level security;
revoke all on table private.idempotency_keys, private.rate_limits, private.object_deletions
  from public, anon, authenticated, service_role;
grant select, insert, delete on table private.idempotency_keys to service_role;
grant select, insert, update, delete on table private.rate_limits to service_role;
grant select, insert, delete on table private.object_deletions to service_role;
