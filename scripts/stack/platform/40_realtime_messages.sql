-- Replaces: the table Realtime streams broadcasts from, and asks for permission to join a private
-- channel (its policies). Left out: a partition a day, made and dropped after 72 hours by the service:
-- one default partition takes all, so that a broadcast is never lost for want of one, and keeps all.

create table realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  primary key (id, inserted_at)
) partition by range (inserted_at);
comment on table realtime.messages is 'Broadcasts sent from the database, and the policies of private channels';

create table realtime.messages_default partition of realtime.messages default;
comment on table realtime.messages_default is 'Messages of all days';

alter table realtime.messages enable row level security;
alter table realtime.messages_default enable row level security;
-- Replaces: supautils' policy grants. Only an owner may create policies here, so `postgres` owns the table, which on the
-- platform is supabase_realtime_admin's; the migration check keeps everything but policies away from it.
alter table realtime.messages owner to postgres;
alter table realtime.messages_default owner to supabase_realtime_admin;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
grant all on realtime.messages to postgres;
