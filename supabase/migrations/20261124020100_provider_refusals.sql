-- When the provider last refused for its rate: the pace grows in quiet alone.
alter table private.provider_state
  add column rate_refused_at timestamptz not null default '-infinity';
comment on column private.provider_state.rate_refused_at is 'When the provider last answered 429 for its rate.';
