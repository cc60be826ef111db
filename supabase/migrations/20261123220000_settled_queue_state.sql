-- What was counted, and up to which moment: so that a later count adds what came since, and misses nobody.
alter table private.queue_state
  add column settled integer not null default 0,
  add column settled_before timestamptz not null default '-infinity';

comment on column private.queue_state.settled is 'PENDING generations created before settled_before.';
comment on column private.queue_state.settled_before is
  'A second before the count: whoever was accepted earlier has committed by then, and was seen.';
comment on column private.queue_state.waiting is
  'PENDING generations, exact up to the number that fills max_queue_seconds (at least 20,000, at most 200,000).';
