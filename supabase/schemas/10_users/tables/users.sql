-- One row a Telegram user. `credits` is moved only by the ledger (see credit_ledger).
create table public.users (
  id uuid not null default gen_random_uuid(),
  telegram_id bigint,
  first_name text not null,
  last_name text,
  username text,
  language_code text,
  photo_url text,
  allows_write_to_pm boolean not null default false,
  credits integer not null default 0,
  created_at timestamptz not null default now(),
  last_login_at timestamptz not null default now(),
  erased_at timestamptz,
  constraint users_pkey primary key (id),
  constraint users_telegram_id_key unique (telegram_id),
  constraint users_telegram_id_positive check (telegram_id > 0),
  constraint users_telegram_id_unless_erased check ((telegram_id is null) = (erased_at is not null)),
  constraint users_credits_not_negative check (credits >= 0)
) with (fillfactor = 80);

comment on table public.users is 'Telegram users of the Mini App. A user reads the own row; functions write.';
comment on column public.users.id is 'Subject (sub) of the access token.';
comment on column public.users.telegram_id is 'Telegram''s user id; null once the user was erased.';
comment on column public.users.first_name is 'As Telegram signed it at the last login.';
comment on column public.users.last_name is 'As Telegram signed it at the last login.';
comment on column public.users.username is 'Telegram username without @, if the user has one.';
comment on column public.users.language_code is 'IETF language tag Telegram reports.';
comment on column public.users.photo_url is 'Address of the profile photo, if shared.';
comment on column public.users.allows_write_to_pm is 'Whether the bot may message this user.';
comment on column public.users.credits is 'Balance; equals the sum of the user''s credit_ledger.delta, kept by its trigger.';
comment on column public.users.created_at is 'First login.';
comment on column public.users.last_login_at is 'Latest login with initData.';
comment on column public.users.erased_at is 'When admin.erase_user removed the personal data; the row stays for the ledger.';

alter table public.users enable row level security;

revoke all on table public.users from public, anon, authenticated, service_role;

-- The owner reads every column there is today; a new column is private until it is granted.
grant select (
  id, telegram_id, first_name, last_name, username, language_code, photo_url,
  allows_write_to_pm, credits, created_at, last_login_at, erased_at
) on table public.users to authenticated;

-- No write of credits: only the ledger's trigger moves a balance.
grant select on table public.users to service_role;

grant insert (
  telegram_id, first_name, last_name, username, language_code, photo_url, allows_write_to_pm
) on table public.users to service_role;

grant update (
  first_name, last_name, username, language_code, photo_url, allows_write_to_pm, last_login_at
) on table public.users to service_role;

create policy "users read their own row" on public.users
  for select to authenticated
  using (id = (select auth.uid()));
