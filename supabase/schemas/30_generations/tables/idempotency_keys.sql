-- Answers already given under an Idempotency-Key.
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

alter table private.idempotency_keys enable row level security;

revoke all on table private.idempotency_keys from public, anon, authenticated, service_role;

grant select, insert, delete on table private.idempotency_keys to service_role;
