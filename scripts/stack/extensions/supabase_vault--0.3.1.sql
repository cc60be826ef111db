-- Stand-in for supabase_vault 0.3: the same table, view and functions.
-- Left out: the encryption. Secrets are stored IN CLEAR; the embedded stack has none worth hiding.

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
create unique index on vault.secrets (name) where name is not null;
comment on table vault.secrets is 'Secrets; in clear in this stand-in';

create view vault.decrypted_secrets as
select id, name, description, secret, secret as decrypted_secret, key_id, nonce, created_at, updated_at
from vault.secrets;
comment on view vault.decrypted_secrets is 'Secrets with their readable value in decrypted_secret';

create function vault.create_secret(
  new_secret text,
  new_name text default null,
  new_description text default '',
  new_key_id uuid default null
) returns uuid
language sql
security definer -- as the original's, which write vault.secrets for whoever may call them
set search_path = ''
as $$
  insert into vault.secrets (secret, name, description)
  values (new_secret, new_name, new_description)
  returning id
$$;
comment on function vault.create_secret(text, text, text, uuid) is 'Stores a secret, gives its id; the key is ignored';

create function vault.update_secret(
  secret_id uuid,
  new_secret text default null,
  new_name text default null,
  new_description text default null,
  new_key_id uuid default null
) returns void
language sql
security definer -- as the original's, which write vault.secrets for whoever may call them
set search_path = ''
as $$
  update vault.secrets
  set secret = coalesce(new_secret, secret),
    name = coalesce(new_name, name),
    description = coalesce(new_description, description),
    updated_at = now()
  where id = secret_id
$$;
comment on function vault.update_secret(uuid, text, text, text, uuid) is 'Changes what is not null of a secret; the key is ignored';

revoke all on all functions in schema vault from public;

-- service_role reads the vault on a hosted project too.
do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    grant usage on schema vault to service_role;
    grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
    grant execute on all functions in schema vault to service_role;
  end if;
end
$$;
