-- Who was given signup credits: a user who is erased and comes back is not given them again.
create table private.signup_grants (
  telegram_id_hash text not null,
  granted_at timestamptz not null default now(),
  constraint signup_grants_pkey primary key (telegram_id_hash),
  constraint signup_grants_telegram_id_hash_length check (length(telegram_id_hash) = 64)
);

comment on table private.signup_grants is 'Telegram users whose signup credits were granted; kept when a user is erased.';
comment on column private.signup_grants.telegram_id_hash is 'HMAC-SHA256 of the Telegram id by a key of the functions, lower-case hex: not reversible here.';
comment on column private.signup_grants.granted_at is 'When.';

alter table private.signup_grants enable row level security;
revoke all on table private.signup_grants from public, anon, authenticated, service_role;
grant select, insert on table private.signup_grants to service_role;
