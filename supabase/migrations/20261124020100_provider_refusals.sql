-- When the provider last refused for its rate, and when that last lowered the pace: growing back is told apart from both.
alter table private.provider_state
  add column rate_refused_at timestamptz not null default '-infinity',
  add column lowered_at timestamptz not null default '-infinity';
comment on column private.provider_state.rate_refused_at is 'When the provider last answered 429 for its rate.';
comment on column private.provider_state.lowered_at is 'When a rate 429 last lowered concurrency_limit; calls that began earlier lower it no further.';
