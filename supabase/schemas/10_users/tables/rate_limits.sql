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

alter table private.rate_limits enable row level security;

revoke all on table private.rate_limits from public, anon, authenticated, service_role;

grant select, insert, update, delete on table private.rate_limits to service_role;
